import type { FastifyBaseLogger } from 'fastify'
import { isObject } from '../http/json.js'

/** Of V2, in either version: `{ type, timestamp, data }`, or `{ payment_id, tx_id, status }`. */
const isOfV2 = (body: unknown): boolean => isObject(body) && !('imp_uid' in body) &&
  ('payment_id' in body || (typeof body.type === 'string' && isObject(body.data)))

/** A shop that has given V1's address in V2's console would not learn why no webhook arrives. */
export function warnOfV2Webhook (body: unknown, log: FastifyBaseLogger): void {
  if (isOfV2(body)) log.warn("webhook refused: it is one of PortOne V2, at the address for V1's")
}
