import type { FastifyRequest } from 'fastify'
import { monotonic, within } from './deadline.js'
import { codeOf, HookFailedError, TimeoutError } from './errors.js'
import { expectationOf, type ConfirmAttempt, type Context, type Hooks } from './hooks.js'
import { messageFor, type Locale } from './messages.js'
import { isSameAmount } from './money.js'

/** Milliseconds; one document of the provider's gives us 5 s, another 10 s: answer within the shorter. */
const ANSWER_WITHIN_MS = 4000

/** Resolves to why the payment must not go through, or to `undefined` where it may. Records nothing. */
export type Confirm = (attempt: ConfirmAttempt, request: FastifyRequest) => Promise<string | undefined>

/** The last check before the buyer's money moves: the order is there, the amount is its own, and the merchant agrees. */
export function createConfirmation ({ hooks, locale }: { hooks: Hooks, locale: Locale }): Confirm {
  const refuse = (told: 'order_not_found' | 'amount_mismatch' | 'pending') => messageFor(told, locale)

  async function check (attempt: ConfirmAttempt, context: Context): Promise<string | undefined> {
    const expectation = await expectationOf(() => hooks.getExpectedAmount(attempt, context))
    if (expectation === null) return refuse('order_not_found')
    // The attempt has no currency: the amount is compared in the order's, and the currency after the payment.
    if (!isSameAmount(attempt.amount, expectation.amount, expectation.currency)) return refuse('amount_mismatch')
    try {
      await hooks.onConfirm?.(attempt, context)
    } catch (error) {
      context.log.info({ imp_uid: attempt.imp_uid, merchant_uid: attempt.merchant_uid, err: error }, 'payment refused before approval')
      return error instanceof Error && error.message !== '' ? error.message : refuse('pending')
    }
  }

  return async (attempt, request) => {
    const context: Context = { source: 'confirm', request, log: request.log, tx: undefined }
    try {
      return await within(check(attempt, context), monotonic() + ANSWER_WITHIN_MS, () => new TimeoutError())
    } catch (error) {
      const { imp_uid, merchant_uid } = attempt
      context.log.error({ imp_uid, merchant_uid, code: codeOf(error), err: error }, error instanceof HookFailedError ? 'no expected amount' : 'confirmation took too long')
      return refuse('pending')
    }
  }
}
