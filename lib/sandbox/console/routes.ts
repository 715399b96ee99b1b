import type { FastifyInstance } from 'fastify'
import type { Faults } from '../faults/faults.js'
import { sendHtml } from '../html.js'
import { fieldsOf, text } from '../rest/fields.js'
import type { Store } from '../store.js'
import { consolePage } from './page.js'
import { createStream, newest } from './stream.js'

/** The console at `/`: it shows, and acts by the routes under /sandbox. */
export function consoleRoutes (store: Store, faults: Faults, impKey: string) {
  return async function console (scope: FastifyInstance): Promise<void> {
    const stream = createStream(store, faults)
    scope.addHook('preClose', async () => stream.close())

    scope.get('/', async (_, reply) => sendHtml(reply, consolePage(impKey)))
    scope.get('/console/payments', async (request) => newest(store, text(fieldsOf(request.query), 'before')))
    scope.get('/console/events', { exposeHeadRoute: false }, (_, reply) => {
      reply.hijack()
      stream.open(reply.raw)
    })
  }
}
