import type { Payment } from './iamport/payment.js'

/** A hook's own: what it changes there changes no decision, and nothing that another hook sees. */
export function copyOf (payment: Payment): Payment {
  return { ...payment, cancel_history: payment.cancel_history?.map((cancellation) => ({ ...cancellation })) }
}
