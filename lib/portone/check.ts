import type { Static, TSchema } from '@sinclair/typebox'
import { TypeCompiler, type TypeCheck } from '@sinclair/typebox/compiler'
import { badGateway } from './read-answer.js'
import { WirePayment } from './schemas.js'
import type { PortoneWirePayment } from './wire-payment.js'

export const checkPayment = TypeCompiler.Compile(WirePayment)

/** @throws IAMPORT_BAD_GATEWAY; it names the field and never its value */
export function checked<Schema extends TSchema> (check: TypeCheck<Schema>, answer: unknown): Static<Schema> {
  if (check.Check(answer)) return answer
  const path = check.Errors(answer).First()?.path
  throw badGateway(path ? `the field ${path} is invalid` : 'not a JSON object')
}

/** Whether an answer is about a payment of this store, and of V2: V2 knows V1's payments too, in other units. */
export const isOfStore = (storeId: string, wire: PortoneWirePayment): boolean =>
  wire.storeId === storeId && wire.version === 'V2'
