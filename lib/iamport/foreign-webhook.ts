import type { FastifyReply, FastifyRequest } from 'fastify'
import { isObject } from '../http/json.js'

/** Of V2, in either version: `{ type, timestamp, data }`, or `{ payment_id, tx_id, status }`. */
const isOfV2 = (body: unknown): boolean => isObject(body) && !('imp_uid' in body) &&
  ('payment_id' in body || (typeof body.type === 'string' && isObject(body.data)))

/**
 * Before validation, which refuses a webhook of V2 like any body without an `imp_uid`: so that a shop which has given
 * V1's address in V2's console learns why none arrives.
 */
export function warnOfV2Webhook ({ body, log }: FastifyRequest, _: FastifyReply, done: () => void): void {
  if (isOfV2(body)) log.warn("webhook refused: it is one of PortOne V2, at the address for V1's")
  done()
}
