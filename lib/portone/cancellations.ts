import type { UnsettledCancellation } from '../completion/looked-up-payment.js'
import type { Cancellation } from '../completion/payment.js'
import { toMajor } from '../money.js'
import { at, millisecondsOf, secondsAt, textOf } from './read-fields.js'
import type { PortoneCancellation } from './wire-payment.js'

export interface Cancellations {
  /** With V1's names, oldest first. */
  succeeded: Cancellation[]
  /** Their sum in the currency's major unit. */
  cancelled: number
  /** Requested ones, which may still be carried out, and failed ones. */
  unsettled: UnsettledCancellation[]
}

export function translateCancellations (wire: readonly PortoneCancellation[], currency: string): Cancellations {
  const all = withoutDuplicates(wire)
  const succeeded = oldestFirst(all.filter(({ status }) => status === 'SUCCEEDED'))
  // In the minor unit, so that the sum has no rounding error of binary fractions.
  const units = succeeded.reduce((sum, { totalAmount }) => sum + totalAmount, 0)
  return {
    succeeded: succeeded.map((one) => translate(one, currency)),
    cancelled: toMajor(units, currency),
    unsettled: all.filter(({ status }) => status !== 'SUCCEEDED').map(({ status, totalAmount, reason }) => ({
      status: status === 'FAILED' ? 'failed' : 'open',
      amount: toMajor(totalAmount, currency),
      reason: reason ?? null,
    })),
  }
}

/** One entry per id. Of two that contradict each other the one counts that says more has happened to the money. */
function withoutDuplicates (wire: readonly PortoneCancellation[]): PortoneCancellation[] {
  const byId = new Map<string, PortoneCancellation>()
  for (const one of wire) {
    const known = byId.get(one.id)
    if (!known || weight(one) > weight(known)) byId.set(one.id, one)
  }
  return [...byId.values()]
}

const weight = ({ status }: PortoneCancellation) => status === 'SUCCEEDED' ? 2 : status === 'FAILED' ? 0 : 1

/** By the time they were carried out, or else requested; one without any stays behind the one before it. */
function oldestFirst (wire: PortoneCancellation[]): PortoneCancellation[] {
  let last = 0
  const timed = wire.map((one) => {
    last = timeOf(one) ?? last
    return { one, time: last }
  })
  return timed.sort((a, b) => a.time - b.time).map(({ one }) => one)
}

const timeOf = ({ cancelledAt, requestedAt }: PortoneCancellation) =>
  millisecondsOf(cancelledAt) ?? millisecondsOf(requestedAt)

const translate = (one: PortoneCancellation, currency: string): Cancellation => ({
  amount: toMajor(one.totalAmount, currency),
  cancellation_id: one.id,
  reason: one.reason ?? null,
  cancelled_at: secondsAt(one.cancelledAt) || secondsAt(one.requestedAt),
  pg_tid: textOf(at(one, 'pgCancellationId')),
  receipt_url: textOf(at(one, 'receiptUrl')),
  trigger: textOf(at(one, 'trigger')),
})
