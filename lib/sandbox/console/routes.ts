import type { FastifyInstance } from 'fastify'
import type { Faults } from '../faults/faults.js'
import { sendHtml } from '../html.js'
import { languageOf, type Language } from '../language.js'
import { fieldsOf, text } from '../rest/fields.js'
import type { Store } from '../store.js'
import { consolePage } from './page.js'
import { createStream } from './stream.js'
import { newest } from './summary.js'

/** The console at `/`: it shows, and acts by the routes under /sandbox. */
export function consoleRoutes (store: Store, faults: Faults, impKey: string, lang: Language | undefined) {
  return async function console (scope: FastifyInstance): Promise<void> {
    const stream = createStream(store, faults)
    scope.addHook('preClose', async () => stream.close())

    scope.get('/', async (request, reply) => sendHtml(reply, consolePage(impKey, languageOf(request, reply, lang))))
    scope.get('/console/payments', async (request) => {
      const query = fieldsOf(request.query)
      return newest(store, { before: text(query, 'before'), search: text(query, 'search') })
    })
    scope.get('/console/events', { exposeHeadRoute: false }, (_, reply) => {
      reply.hijack()
      stream.open(reply.raw)
    })
  }
}
