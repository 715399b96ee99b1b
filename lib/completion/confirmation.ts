import type { FastifyRequest } from 'fastify'
import { monotonic, within } from '../concurrency/deadline.js'
import { codeOf, HookFailedError, TimeoutError } from '../errors.js'
import { runGetExpectedAmount, type Context, type Hooks, type PricedByAny } from '../hooks.js'
import { messageFor, type Locale } from '../messages.js'
import { isSameAmount, type Money } from '../money.js'
import type { Payment } from './payment.js'

/** Milliseconds. The provider documents 5 s in one place and 10 s in another: this stays below the shorter. */
const ANSWER_WITHIN_MS = 4000

const hookTimeout = () =>
  new TimeoutError(`getExpectedAmount and onConfirm did not finish within ${ANSWER_WITHIN_MS} ms`)

/** An attempt to pay that the provider asks about. */
export interface AttemptToConfirm {
  imp_uid: string
  merchant_uid: string
  /** A function where the provider names it in the minor unit of a currency that only the order tells. */
  amount: number | ((currency: string) => number)
}

/** Resolves to the reason for refusing the payment, or to `undefined` to let it through. Records nothing. */
export type Confirm = (attempt: AttemptToConfirm, request: FastifyRequest) => Promise<string | undefined>

/** Why a payment is refused: the message for the buyer, and what a hook threw. */
export interface Objection {
  key: 'order_not_found' | 'amount_mismatch' | 'not_confirmed'
  reason: string
  err?: unknown
}

export interface AttemptCheckSettings {
  hooks: Pick<Hooks<unknown, Payment, PricedByAny>, 'getExpectedAmount' | 'onConfirm'>
  locale: Locale
}

/**
 * Checks that the order of an attempt exists, that the amount is correct where the provider names one, and that
 * `onConfirm` does not refuse.
 *
 * @returns the order's price, or the objection
 * @throws IAMPORT_HOOK_FAILED `getExpectedAmount` failed
 */
export async function checkAttempt (
  { hooks, locale }: AttemptCheckSettings, names: Pick<AttemptToConfirm, 'imp_uid' | 'merchant_uid'>,
  amount: AttemptToConfirm['amount'] | undefined, context: Context<undefined>
): Promise<Money | Objection> {
  const objection = (key: Objection['key'], err?: unknown): Objection => ({ key, reason: messageFor(key, locale), err })
  const priced = { ...names, amount: typeof amount === 'number' ? amount : undefined }
  const expected = await runGetExpectedAmount(() => hooks.getExpectedAmount(priced, context), (price) => price)
  if (expected === null) return objection('order_not_found')
  const attempted = typeof amount === 'function' ? amount(expected.currency) : amount
  // An attempt has no currency: its amount is compared in the order's, the currency only after the payment.
  if (attempted !== undefined && !isSameAmount(attempted, expected.amount, expected.currency)) {
    return objection('amount_mismatch')
  }
  try {
    await hooks.onConfirm?.({ ...names, amount: attempted ?? expected.amount }, context)
  } catch (err) {
    const refusal = objection('not_confirmed', err)
    return err instanceof Error && err.message !== '' ? { ...refusal, reason: err.message } : refusal
  }
  return expected
}

/** The last check before approval, within the time that the provider waits. */
export function createConfirmation (settings: AttemptCheckSettings): Confirm {
  return async (attempt, request) => {
    const { log } = request
    const { imp_uid, merchant_uid, amount } = attempt
    const event = { imp_uid, merchant_uid, source: 'confirm' as const }
    try {
      const check = checkAttempt(
        settings, { imp_uid, merchant_uid }, amount, { source: event.source, request, log, tx: undefined })
      const result = await within(check, monotonic() + ANSWER_WITHIN_MS, hookTimeout)
      if ('reason' in result) {
        log.warn({ ...event, reason: result.reason, err: result.err }, 'payment refused before approval')
        return result.reason
      }
      log.info(event, 'payment confirmed')
    } catch (error) {
      const problem = error instanceof HookFailedError ? 'getExpectedAmount failed' : 'the hooks took too long'
      log.error({ ...event, code: codeOf(error), err: error }, `payment refused before approval: ${problem}`)
      return messageFor('not_confirmed', settings.locale)
    }
  }
}
