import { runGetExpectedAmount, type Context, type Hooks } from '../hooks.js'
import type { LookedUpPayment } from './looked-up-payment.js'
import { copyOf } from './payment.js'
import { isRecent, isRefundable, type ManualRefundCause } from './refund-rules.js'
import { awaitsDeposit, compareWithOrder, isMismatch, type Mismatch, type OrderFailure } from './rules.js'

export interface OrderCheckSettings<Tx> {
  hooks: Pick<Hooks<Tx>, 'getExpectedAmount'>
  cancelOnMismatch: boolean
}

export interface OrderCheck<Tx> {
  /** Compares a payment with its order. @returns why it is refused, if it is */
  compare (looked: LookedUpPayment, context: Context<Tx | undefined>): Promise<OrderFailure | undefined>
  /** Whether a payment refused for this reason is refunded automatically. */
  isRefundedAutomatically (looked: LookedUpPayment, reason: OrderFailure): reason is Mismatch
  /** Why one is not, for which no refund has begun. */
  whyNotRefunded (looked: LookedUpPayment): ManualRefundCause
  /** Whether it is young enough for that (rule 12). A virtual account without a deposit is revoked at any age. */
  isRecentEnough (looked: LookedUpPayment): boolean
}

export function createOrderCheck<Tx> ({ hooks, cancelOnMismatch }: OrderCheckSettings<Tx>): OrderCheck<Tx> {
  const isRecentEnough = (looked: LookedUpPayment) => awaitsDeposit(looked) || isRecent(looked, Date.now())

  return {
    isRecentEnough,
    compare: ({ payment }, context) => runGetExpectedAmount(
      () => hooks.getExpectedAmount(copyOf(payment), context),
      (expectation) => compareWithOrder(payment, expectation)),
    isRefundedAutomatically: (looked, reason): reason is Mismatch =>
      cancelOnMismatch && isMismatch(reason) && isRefundable(looked) && isRecentEnough(looked),
    whyNotRefunded (looked) {
      if (!isRefundable(looked)) return 'virtual_account'
      return cancelOnMismatch ? 'old' : 'off'
    },
  }
}
