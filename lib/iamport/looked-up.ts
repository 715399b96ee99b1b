import type { LookedUpPayment, PaymentState } from '../completion/looked-up-payment.js'
import type { Payment } from '../completion/payment.js'

/** Whether this payment was paid, and then refunded in part. */
const isPartlyCancelled = ({ paid_at: paidAt, amount, cancel_amount: cancelled }: Payment) =>
  typeof paidAt === 'number' && paidAt > 0 && cancelled > 0 && cancelled < amount

function stateOf (payment: Payment): PaymentState {
  const { status, amount, cancel_amount: cancelled } = payment
  // Issued with an amount: some PGs charge it, others only show it, and no field says which. It is compared with its
  // order; a shop whose PG charges nothing knows none (docs/payments.md).
  if (payment.customer_uid_usage === 'issue' && amount === 0) return 'key_issued'
  switch (status) {
    case 'ready': return payment.pay_method === 'vbank' && payment.vbank_num ? 'account_issued' : 'ready'
    // Already refunded in full: nothing to deliver.
    case 'paid': return amount > 0 && cancelled >= amount ? 'cancelled' : 'paid'
    case 'cancelled': return isPartlyCancelled(payment) ? 'paid' : 'cancelled'
    case 'failed': return 'failed'
    default: return 'unknown'
  }
}

/** UNIX seconds; 0 if it is none. `started_at` is not checked at run time. */
const timeOf = (value: unknown): number => typeof value === 'number' && value > 0 ? value : 0

/** A payment of V1, in the words of the rules. */
export function lookedUp (payment: Payment): LookedUpPayment {
  const { imp_uid: impUid } = payment
  const state = stateOf(payment)
  return {
    id: impUid,
    key: impUid,
    payment,
    state,
    ...(state === 'unknown' && { problem: `the payment has the unknown status ${JSON.stringify(payment.status)}` }),
    // A checkout is opened before it is paid: by that a payment seems older, never younger.
    paidAtSec: timeOf(payment.paid_at) || timeOf(payment.started_at),
    unsettled: [],
  }
}
