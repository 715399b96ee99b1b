import type { FastifyRequest } from 'fastify'
import { monotonic, within } from '../concurrency/deadline.js'
import { codeOf, HookFailedError, TimeoutError } from '../errors.js'
import { expectationOf, type ConfirmAttempt, type Context, type Hooks } from '../hooks.js'
import { messageFor, type Locale, type MessageKey } from '../messages.js'
import { isSameAmount } from '../money.js'

/** Milliseconds; one document of the provider's gives us 5 s, another 10 s: answer within the shorter. */
const ANSWER_WITHIN_MS = 4000

/** Resolves to why the payment must not go through, or to `undefined` where it may. Records nothing. */
export type Confirm = (attempt: ConfirmAttempt, request: FastifyRequest) => Promise<string | undefined>

/** What speaks against a payment: the words for the buyer, and what a hook threw. */
interface Objection { reason: string, err?: unknown }

/** The last check before the buyer's money moves: the order is there, the amount is its own, and the merchant agrees. */
export function createConfirmation ({ hooks, locale }: { hooks: Hooks, locale: Locale }): Confirm {
  const objection = (key: MessageKey, err?: unknown): Objection => ({ reason: messageFor(key, locale), err })

  async function objectionTo (attempt: ConfirmAttempt, context: Context<undefined>): Promise<Objection | undefined> {
    const expectation = await expectationOf(() => hooks.getExpectedAmount(attempt, context))
    if (expectation === null) return objection('order_not_found')
    // The attempt has no currency: the amount is compared in the order's, and the currency after the payment.
    if (!isSameAmount(attempt.amount, expectation.amount, expectation.currency)) return objection('amount_mismatch')
    try {
      await hooks.onConfirm?.(attempt, context)
    } catch (err) {
      return err instanceof Error && err.message !== '' ? { reason: err.message, err } : objection('not_confirmed', err)
    }
  }

  return async (attempt, request) => {
    const { log } = request
    const event = { imp_uid: attempt.imp_uid, merchant_uid: attempt.merchant_uid, source: 'confirm' as const }
    try {
      const asked = objectionTo(attempt, { source: event.source, request, log, tx: undefined })
      const found = await within(asked, monotonic() + ANSWER_WITHIN_MS, () => new TimeoutError())
      if (found) log.warn({ ...event, ...found }, 'payment refused before approval')
      else log.info(event, 'payment let through')
      return found?.reason
    } catch (error) {
      log.error({ ...event, code: codeOf(error), err: error }, error instanceof HookFailedError ? 'no expected amount' : 'confirmation took too long')
      return objection('not_confirmed').reason
    }
  }
}
