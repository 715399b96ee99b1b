import type { Clock } from '../clock.js'
import { RefusedError } from '../errors.js'
import type { Faults } from '../faults/faults.js'
import { createPending } from '../pending.js'
import type { Schedule } from '../schedule.js'
import { addCancellation, succeed, type V2CancelRequest } from './cancellation.js'
import type { V2Entry } from './entry.js'
import { ApiRefusal } from './errors.js'
import { amountText } from './lifecycle.js'
import type { V2Cancellation } from './payment.js'
import type { V2Store } from './store.js'
import type { V2Webhooks } from './webhooks.js'

export interface EndParts {
  store: V2Store
  clock: Clock
  schedule: Schedule
  faults: Faults
  webhooks: V2Webhooks
}

export type Outcome = 'succeeded' | 'failed'

/** How payments end: cancelled, at once or later, or an account closed. */
export interface Ends {
  /** @throws ApiRefusal */
  cancel (
    entry: V2Entry, request: V2CancelRequest, by: { trigger: V2Cancellation['trigger'], skipWebhook: boolean }
  ): V2Cancellation
  /** Ends a requested cancellation, the oldest unless one is named. @throws SANDBOX_REFUSED there is none */
  endCancellation (entry: V2Entry, outcome: Outcome, cancellationId?: string): void
  /**
   * The merchant gives up an account that waits for its deposit, or its time is over. Without a webhook: none is
   * documented for it.
   * @throws ApiRefusal no account waits
   */
  close (entry: V2Entry, event: 'revoked' | 'expired'): void
  /** Gives up what was to end later. */
  clear (): void
}

export function createEnds ({ store, clock, schedule, webhooks, ...parts }: EndParts): Ends {
  const faults = parts.faults.of('v2')
  const pending = createPending<V2Cancellation>(schedule)
  const kindOf = ({ payment }: V2Entry) => payment.status === 'CANCELLED' ? 'Cancelled' : 'PartialCancelled'

  function end (entry: V2Entry, cancellation: V2Cancellation, outcome: Outcome) {
    pending.take(cancellation)
    const { id: cancellationId, totalAmount, reason } = cancellation
    const text = `${amountText(entry, totalAmount)} · ${reason}`
    if (outcome === 'succeeded') {
      succeed(entry.payment, cancellation, clock())
      store.record(entry, 'cancelled', text)
      return webhooks.announce(entry, kindOf(entry), { cancellationId, trigger: 'ASYNC_CANCEL_APPROVED' })
    }
    cancellation.status = 'FAILED'
    store.record(entry, 'cancel_failed', text)
    // It has no type of its own; which one the provider sends is not documented.
    const kind = entry.payment.status === 'PAID' ? 'Paid' : kindOf(entry)
    webhooks.announce(entry, kind, { trigger: 'ASYNC_CANCEL_FAILED' })
  }

  return {
    cancel (entry, request, { trigger, skipWebhook }) {
      let later: { ms?: number, end?: Outcome } | undefined
      const cancellation = addCancellation(entry.payment, request, trigger, () => {
        if (faults.strike('failed_cancel')) return 'FAILED'
        later = faults.strike('pending_cancel') ?? (entry.payment.channel.cancelsLater ? {} : undefined)
        return later ? 'REQUESTED' : 'SUCCEEDED'
      }, clock())
      const { status, id: cancellationId, totalAmount, reason } = cancellation
      const text = `${amountText(entry, totalAmount)} · ${reason}`
      const note = trigger === 'API' ? 'by_api' : 'by_console'
      if (status === 'FAILED') {
        store.record(entry, 'cancel_failed', text, { note })
      } else if (status === 'REQUESTED') {
        const { ms, end: outcome = 'succeeded' } = later ?? {}
        pending.add(cancellation, ms, () => end(entry, cancellation, outcome))
        store.record(entry, 'cancel_requested', text, { note })
        if (!skipWebhook) webhooks.announce(entry, 'CancelPending', { cancellationId })
      } else {
        store.record(entry, 'cancelled', text, { note })
        if (!skipWebhook) webhooks.announce(entry, kindOf(entry), { cancellationId })
      }
      return cancellation
    },
    endCancellation (entry, outcome, cancellationId) {
      const cancellation = entry.payment.cancellations.find(({ id, status }) =>
        status === 'REQUESTED' && (cancellationId === undefined || id === cancellationId))
      if (!cancellation) throw new RefusedError('처리를 기다리는 취소 요청이 없습니다.')
      end(entry, cancellation, outcome)
    },
    close (entry, event) {
      if (entry.payment.status !== 'VIRTUAL_ACCOUNT_ISSUED') {
        throw new ApiRefusal('PAYMENT_NOT_WAITING_FOR_DEPOSIT', '입금 대기 상태가 아닙니다.')
      }
      const now = clock()
      Object.assign(entry.payment, { status: 'CANCELLED', cancelledAt: now, statusChangedAt: now })
      if (event === 'expired') entry.dueAt = Math.min(entry.dueAt, now)
      store.record(entry, event)
    },
    clear: () => pending.clear(),
  }
}
