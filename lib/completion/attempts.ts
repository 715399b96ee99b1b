import { UnavailableError } from '../errors.js'
import { onceBefore } from '../ledger/once-before.js'
import type { Ledger } from '../ledger/ledger.js'
import { readBefore } from '../ledger/read-before.js'
import type { EventRecord, NotifiedPayment } from './event-record.js'

/**
 * Paid attempts of one id, at most: each is money that was paid and cancelled again. More can only come from a ledger
 * that does not return what was recorded.
 */
const MAX_ATTEMPTS = 100

/**
 * The attempts to pay under one id that were seen paid, where an id may have several (PortOne V2). Each is recorded
 * before it is decided, so that a crash in between hides no delivery.
 */
interface Attempts<Tx> {
  /** Records a paid attempt. */
  add (notified: NotifiedPayment<Tx>): Promise<void>
  /** Whether it was decided what becomes of this attempt as a paid one. Waits for a run in progress. */
  wasDecided (notified: NotifiedPayment<Tx>): Promise<boolean>
  /** Like `wasDecided`; or whether any other attempt of its id was delivered. */
  wasPaid (notified: NotifiedPayment<Tx>): Promise<boolean>
}

export function createAttempts<Tx> (ledger: Ledger<Tx>, record: EventRecord<Tx>): Attempts<Tx> {
  // `peek`, not `find`: a delivery may be in progress, and is waited for.
  const decisionOf = async (notified: NotifiedPayment<Tx>) =>
    (await record.peek(notified, 'paid', async () => undefined)).decided
  const wasDecided = async (notified: NotifiedPayment<Tx>) => await decisionOf(notified) !== undefined

  /** The keys of the recorded attempts, oldest first. */
  async function * recorded ({ attemptsKey, deadline }: NotifiedPayment<Tx>) {
    if (attemptsKey === undefined) return
    const read = (number: number) => readBefore(ledger, `${attemptsKey}:${number}`, deadline)
    let found
    for (let number = 1; number <= MAX_ATTEMPTS && (found = await read(number)) !== undefined; number++) {
      yield String(found.value)
    }
  }

  return {
    async add ({ key, attemptsKey, deadline }) {
      if (attemptsKey === undefined) return
      for (let number = 1; number <= MAX_ATTEMPTS; number++) {
        const { value } = await onceBefore(ledger, `${attemptsKey}:${number}`, deadline, async () => key)
        if (value === key) return
      }
      throw new UnavailableError(`the ledger has more than ${MAX_ATTEMPTS} paid attempts of one payment`)
    },
    wasDecided,
    async wasPaid (notified) {
      if (await wasDecided(notified)) return true
      for await (const key of recorded(notified)) {
        if (key === notified.key) continue
        const decided = await decisionOf({ ...notified, key })
        if (decided?.decision === 'delivered' || decided?.decision === 'manual') return true
      }
      return false
    },
  }
}
