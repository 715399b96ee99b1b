import { expectationOf, type Context, type Hooks } from '../hooks.js'
import { copyOf, type Payment } from './payment.js'
import { isRecent, isRefundable } from './refund.js'
import { awaitsDeposit, compareWithOrder, isMismatch, type Mismatch, type OrderFailure } from './rules.js'

export interface OrderCheckSettings<Tx> {
  hooks: Pick<Hooks<Tx>, 'getExpectedAmount'>
  cancelOnMismatch: boolean
}

export interface OrderCheck<Tx> {
  /** Compares a payment with its order. @returns why it is refused, if it is */
  compare (payment: Payment, context: Context<Tx>): Promise<OrderFailure | undefined>
  /** Whether a payment refused for this reason is refunded automatically. */
  isRefundedAutomatically (payment: Payment, reason: OrderFailure): reason is Mismatch
  /** Whether it is young enough for that (rule 12). A virtual account without a deposit is revoked at any age. */
  isRecentEnough (payment: Payment): boolean
}

export function createOrderCheck<Tx> ({ hooks, cancelOnMismatch }: OrderCheckSettings<Tx>): OrderCheck<Tx> {
  const isRecentEnough = (payment: Payment) => awaitsDeposit(payment) || isRecent(payment, Date.now())

  return {
    isRecentEnough,
    compare: async (payment, context) =>
      compareWithOrder(payment, await expectationOf(() => hooks.getExpectedAmount(copyOf(payment), context))),
    isRefundedAutomatically: (payment, reason): reason is Mismatch =>
      cancelOnMismatch && isMismatch(reason) && isRefundable(payment) && isRecentEnough(payment),
  }
}
