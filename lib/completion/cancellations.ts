import { runHook, type Hooks } from '../hooks.js'
import type { NotifiedPayment, EventRecord, PaymentEvent } from './event-record.js'
import { asKey } from './ledger-key.js'
import { copyOf, type Cancellation, type Payment } from './payment.js'

/** The entries of a payment's history or, if the provider sends no history, one for the whole amount cancelled. */
function cancellationsOf (payment: Payment): Cancellation[] {
  const { cancel_history: history, cancel_amount: amount, cancel_reason: reason } = payment
  return history && history.length > 0 ? history : [{ amount, reason, cancellation_id: null }]
}

/**
 * Named by the provider's id or, as third-party emulators send none, by index and amount.
 * @param key of the payment
 */
const cancellationEvent = (key: string, { cancellation_id: id, amount }: Cancellation, index: number): PaymentEvent =>
  `cancelled:${id ? asKey(id, `${key}:cancelled:`) : `${index}:${amount}`}`

export type Cancellations<Tx> = ReturnType<typeof createCancellations<Tx>>

/** Runs `onCancel` once for each full or partial cancellation of a payment. */
export function createCancellations<Tx> (record: EventRecord<Tx>, hooks: Hooks<Tx>) {
  return {
    /** Runs `onCancel` for each cancellation for which it has not run. @returns whether there was nothing to run */
    async run (notified: NotifiedPayment<Tx>): Promise<boolean> {
      const { key, payment } = notified
      let isReplay = true
      for (const [index, cancellation] of cancellationsOf(payment).entries()) {
        const event = cancellationEvent(key, cancellation, index)
        const { replayed } = await record.once(notified, event, (context) => runHook('onCancel', () =>
          hooks.onCancel?.(copyOf(payment), { ...context, cancellation: { ...cancellation } }), () => undefined))
        isReplay &&= replayed
      }
      return isReplay
    },
    async haveRun (notified: NotifiedPayment<Tx>): Promise<boolean> {
      for (const [index, cancellation] of cancellationsOf(notified.payment).entries()) {
        if (!await record.has(notified, cancellationEvent(notified.key, cancellation, index))) return false
      }
      return true
    },
  }
}
