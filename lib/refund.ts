import type { FastifyBaseLogger } from 'fastify'
import type { Deadline } from './deadline.js'
import { awaitsDeposit, type FailureReason } from './decide.js'
import { BadGatewayError, PaymentNotFoundError, Refusal } from './errors.js'
import type { CompletionClient } from './iamport/api.js'
import type { Payment } from './iamport/payment.js'
import { balance } from './money.js'

/** The mismatches after which money goes back. */
export const MISMATCHES = ['amount_mismatch', 'currency_mismatch'] as const satisfies FailureReason[]
export type Mismatch = typeof MISMATCHES[number]

export const isMismatch = (reason: string | undefined): reason is Mismatch => MISMATCHES.some((mismatch) => mismatch === reason)

/** The reason given with our own cancellations, by which they are known again when the payment is seen next. */
const MARK = 'fastify-iamport: '

/** The mismatch for which this payment was cancelled by us; `undefined` where somebody else did it. */
export function refundedFor ({ cancel_reason: reason, cancel_history: history }: Payment): Mismatch | undefined {
  const marked = [reason, ...(history ?? []).map((cancellation) => cancellation.reason)].find((text) => text?.startsWith(MARK))
  const mismatch = marked?.slice(MARK.length)
  return isMismatch(mismatch) ? mismatch : undefined
}

const left = (payment: Payment) => balance(payment.amount, payment.cancel_amount, payment.currency)

/** A refused request was not carried out; after any other error nobody knows. */
const isRefused = (error: unknown) =>
  error instanceof PaymentNotFoundError || (error instanceof BadGatewayError && error.cause instanceof Refusal)

/** A deposit can only go back to an account that nobody has named. */
export const isRefundable = (payment: Payment): boolean => awaitsDeposit(payment) || payment.pay_method !== 'vbank'

/**
 * Gives all money of an unexpected payment back, or revokes its virtual account. Sent once.
 *
 * @returns false where the provider refuses and the money is still there: somebody has to refund by hand
 * @throws whatever leaves open what happened: to be tried again at the next notification
 */
export async function giveBack (client: CompletionClient, payment: Payment, mismatch: Mismatch, deadline: Deadline, log: FastifyBaseLogger): Promise<boolean> {
  const isAccount = awaitsDeposit(payment)
  if (!isAccount && left(payment) === 0) return true
  try {
    if (isAccount) await client.revokeOnce(payment.imp_uid, deadline)
    // With the balance as checksum: refused if anybody else has cancelled meanwhile.
    else await client.cancelOnce({ imp_uid: payment.imp_uid, checksum: left(payment), reason: MARK + mismatch }, deadline)
    return true
  } catch (error) {
    if (!isRefused(error)) throw error
    log.warn({ imp_uid: payment.imp_uid, err: error }, 'Iamport refused a cancellation')
  }
  const now = await client.lookUp(payment.imp_uid, deadline)
  return isAccount ? now.status === 'cancelled' : left(now) === 0
}
