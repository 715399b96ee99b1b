import type { FastifyInstance } from 'fastify'
import type { Faults } from '../faults/faults.js'
import { sendHtml } from '../html.js'
import { languageOf, type Language } from '../language.js'
import type { Portone } from '../portone/index.js'
import type { Records } from '../records.js'
import { fieldsOf, integer, text } from '../rest/fields.js'
import { detailOf } from './detail.js'
import { consolePage } from './page.js'
import { createStream } from './stream.js'
import { newest } from './summary.js'

interface ConsoleParts {
  records: Records
  faults: Faults
  impKey: string
  impSecret: string
  portone: Portone
  lang: Language | undefined
}

/** The console at `/`: it shows, and acts by the routes under /sandbox. */
export function consoleRoutes ({ records, faults, impKey, impSecret, portone, lang }: ConsoleParts) {
  return async function console (scope: FastifyInstance): Promise<void> {
    const stream = createStream(records, faults)
    scope.addHook('preClose', async () => stream.close())

    scope.get('/', async (request, reply) =>
      sendHtml(reply, consolePage({ impKey, impSecret, portone }, languageOf(request, reply, lang))))
    scope.get('/console/payments', async (request) => {
      const query = fieldsOf(request.query)
      return newest(records, {
        before: integer(query, 'before', { otherwise: Number.MAX_SAFE_INTEGER }),
        search: text(query, 'search'),
        generation: text(query, 'generation'),
      })
    })
    scope.get<{ Params: { serial: string } }>('/console/payments/:serial', async (request, reply) => {
      const detail = detailOf(records, Number(request.params.serial), portone.storeId)
      return detail ?? reply.code(404).send({ message: 'There is no such payment' })
    })
    scope.get('/console/events', { exposeHeadRoute: false }, (_, reply) => {
      reply.hijack()
      stream.open(reply.raw)
    })
  }
}
