import { createHash } from 'node:crypto'
import { runHook, type Hooks } from '../hooks.js'
import { copyOf, type Cancellation, type Payment } from './payment.js'
import type { NotifiedPayment, EventRecord, PaymentEvent } from './event-record.js'

/** The entries of a payment's history; where the provider gives none, the one that its sum stands for. */
function cancellationsOf ({ cancel_history: history, cancel_amount: amount, cancel_reason: reason }: Payment): Cancellation[] {
  return history && history.length > 0 ? history : [{ amount, reason }]
}

/** By the provider's id; third-party emulators have none, and the place in the history stands for it. */
const cancellationEvent = ({ cancellation_id: id, amount }: Cancellation, index: number): PaymentEvent =>
  `cancelled:${id ? asKey(id) : `${index}:${amount}`}`

/** Keys are at most 255 characters of ASCII, whatever the provider calls a cancellation. */
const asKey = (id: string) => /^[\x21-\x7e]{1,128}$/.test(id) ? id : createHash('sha256').update(id).digest('hex')

/** `onCancel`, once for each whole or partial cancellation of a payment. */
export function createCancellations<Tx> (record: EventRecord<Tx>, hooks: Hooks<Tx>) {
  return {
    /** Runs `onCancel` for every cancellation that it has not been run for. @returns whether there was none such */
    async run (notified: NotifiedPayment<Tx>): Promise<boolean> {
      const { payment } = notified
      let isReplay = true
      for (const [index, cancellation] of cancellationsOf(payment).entries()) {
        const event = cancellationEvent(cancellation, index)
        const { replayed } = await record.once(notified, event, async (context) => {
          await runHook(() => hooks.onCancel?.(copyOf(payment), { ...context, cancellation: { ...cancellation } }))
        })
        isReplay &&= replayed
      }
      return isReplay
    },
    async haveRun (notified: NotifiedPayment<Tx>): Promise<boolean> {
      for (const [index, cancellation] of cancellationsOf(notified.payment).entries()) {
        if (!await record.has(notified, cancellationEvent(cancellation, index))) return false
      }
      return true
    },
  }
}
