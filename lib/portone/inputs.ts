import { Type, type Static } from '@sinclair/typebox'
import { ValidationError } from '../errors.js'
import type { Input, Named, RedirectInput } from '../routes/input.js'
import { assertPaymentId, MAX_PAYMENT_ID, MAX_TX_ID } from './arguments.js'

/*
 * How V2's notifications from the buyer's browser name a payment.
 */

/** In OpenAPI. */
const TAG = 'portone'

/** What a pattern cannot say of it is checked when it is read. */
const PaymentId = Type.String({
  minLength: 1, maxLength: MAX_PAYMENT_ID, description: 'The payment, as the page has named it',
})
const TxId = Type.String({ maxLength: MAX_TX_ID, description: 'The attempt to pay; not compared' })
const Token = Type.String({ description: 'Manual approval: what approves the payment' })

/** Null and empty count as absent. */
const nullable = (schema: typeof TxId) => Type.Optional(Type.Union([schema, Type.Null()]))

const CompleteBody = Type.Object({ paymentId: PaymentId, txId: nullable(TxId), paymentToken: nullable(Token) }, {
  additionalProperties: true, examples: [{ paymentId: 'order_1' }],
})

interface Names { paymentId: unknown, txId?: string | null, paymentToken?: string | null }

/** @throws FST_ERR_VALIDATION the `paymentId` is malformed */
export function nameOf ({ paymentId, txId: givenTxId, paymentToken }: Names): Named {
  assertPaymentId(paymentId)
  const txId = givenTxId || undefined // it may name an earlier attempt, so it is not compared
  return {
    id: paymentId,
    impUid: txId,
    merchantUid: paymentId,
    ...(paymentToken && { approval: { paymentToken, txId } }),
  }
}

/** What the page posts. */
export const completeInput: Input<typeof CompleteBody> = { tag: TAG, schema: CompleteBody, read: nameOf }

/** Twice, if the shop's own URL had it already and the provider added it. */
const orTwice = (schema: typeof TxId) => Type.Optional(Type.Union([schema, Type.Array(schema)]))

/** Flags that tell of success or failure (`code`, `message`, ...) are not read: anyone can write them. */
const RedirectQuery = Type.Object({
  paymentId: orTwice(Type.String({ maxLength: MAX_PAYMENT_ID })), txId: orTwice(TxId), paymentToken: orTwice(Token),
}, { additionalProperties: true })

/** The last one is the provider's, which it has added to the shop's own query. */
const lastOf = (value: string | string[] | undefined) => Array.isArray(value) ? value.at(-1) : value

function namesOf ({ paymentId, txId, paymentToken }: Partial<Static<typeof RedirectQuery>>) {
  return { paymentId: lastOf(paymentId), txId: lastOf(txId), paymentToken: lastOf(paymentToken) }
}

export const redirectInput: RedirectInput<typeof RedirectQuery> = {
  tag: TAG,
  schema: RedirectQuery,
  claimed (query) {
    const { paymentId, txId } = namesOf(query)
    return { impUid: txId || undefined, merchantUid: paymentId || undefined }
  },
  find (query) {
    const names = namesOf(query)
    if ([query.paymentId ?? []].flat().some((one) => one !== names.paymentId)) {
      throw new ValidationError('paymentId names several payments')
    }
    return nameOf(names)
  },
}
