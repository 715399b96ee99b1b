import type { Static, TSchema } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import type { Complete } from '../completion/notification.js'
import { limitBody, PAGE_BODY_BYTES } from './body-limit.js'
import type { Input } from './input.js'
import { completeSchema, UNVALIDATED } from './openapi.js'

/** POST: the page (PC) posts the payment after its checkout window has closed. */
export function mountComplete<Schema extends TSchema> (
  scope: FastifyInstance, path: string, { tag, schema, read }: Input<Schema>, complete: Complete
): void {
  const options = {
    ...limitBody(PAGE_BODY_BYTES), ...UNVALIDATED, schema: completeSchema(tag, schema, scope.prefix + path),
  }
  scope.post<{ Body: Static<Schema> }>(path, options, function completePayment (request) {
    return complete({ source: 'browser', request, log: request.log, ...read(request.body) })
      .then(({ completion }) => completion)
  })
}
