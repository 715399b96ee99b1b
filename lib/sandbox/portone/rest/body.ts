import { Type, type Static, type TSchema } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { isCurrency } from '../../../money.js'
import { fieldsOf, text } from '../../rest/fields.js'
import { ApiRefusal } from '../errors.js'

/** In the currency's minor unit. */
export const Amount = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
export const Text = Type.String()
export const StoreId = Type.Optional(Text)
export const Time = Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT' })

/**
 * A body, or what stands in its place. Fields that the provider knows and the sandbox does not are passed over.
 * @throws ApiRefusal INVALID_REQUEST
 */
export function readBody<Schema extends TSchema> (schema: Schema, body: unknown): Static<Schema> {
  const value = body ?? {}
  const wrong = Value.Errors(schema, value).First()
  if (wrong) throw new ApiRefusal('INVALID_REQUEST', `${wrong.path || 'body'}: ${wrong.message}`)
  return Value.Decode(schema, value)
}

/** The JSON text of `?requestBody=`, which takes the place of a body with GET and DELETE. @throws ApiRefusal */
export function readQueryBody<Schema extends TSchema> (schema: Schema, query: unknown, body?: unknown): Static<Schema> {
  const json = text(fieldsOf(query), 'requestBody')
  if (json === undefined) return readBody(schema, body)
  try {
    return readBody(schema, JSON.parse(json))
  } catch (error) {
    throw error instanceof ApiRefusal ? error : new ApiRefusal('INVALID_REQUEST', 'requestBody: not JSON')
  }
}

/** @throws ApiRefusal INVALID_REQUEST */
export function checkCurrency (currency: string | undefined): void {
  if (currency !== undefined && !(/^[A-Z]{3}$/.test(currency) && isCurrency(currency))) {
    throw new ApiRefusal('INVALID_REQUEST', `currency: ${currency}`)
  }
}

/** Milliseconds since 1970. @throws ApiRefusal INVALID_REQUEST */
export function msOf (time: string, name: string): number {
  const ms = Date.parse(time)
  if (Number.isNaN(ms)) throw new ApiRefusal('INVALID_REQUEST', `${name}: ${time}`)
  return ms
}
