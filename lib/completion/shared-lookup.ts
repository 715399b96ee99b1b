import { monotonic, pause, within, type Deadline } from '../concurrency/deadline.js'
import { createTransientMap } from '../concurrency/transient-map.js'
import { TimeoutError, UnavailableError } from '../errors.js'
import type { Lookup } from './freshness.js'
import type { LookedUpPayment } from './looked-up-payment.js'

interface InFlightLookup {
  /** Its place in the sequence of arrivals and requests. */
  sentAs: number
  result: Promise<Lookup>
}

/** Waits for as long as the provider asked us to. @returns false at once if it did not, or there is no time for that */
const waitedAsAsked = async (error: unknown, deadline: Deadline): Promise<boolean> =>
  error instanceof UnavailableError && error.retryAfterSec !== undefined &&
    pause(error.retryAfterSec * 1000, deadline)

/**
 * Coalesces lookups: at most one request is in flight for each id.
 *
 * A notification uses only lookups sent after it arrived, as an older answer can predate the change that it reports. It
 * may join a lookup already in flight, but then only a `paid` answer counts. After any other answer it looks up again,
 * together with all others that wait. A webhook never uses a lookup that it joined, not even a `paid` one: it may
 * report a cancellation, and may never be redelivered.
 *
 * @throws what `lookUp` throws; IAMPORT_TIMEOUT at the deadline
 */
export function createSharedLookup (
  lookUp: (id: string, deadline: Deadline) => Promise<LookedUpPayment>, late: () => TimeoutError
) {
  const inFlight = createTransientMap<string, InFlightLookup>()
  /** Orders arrivals and requests. A counter, because two of them can share a timestamp. */
  let sequence = 0

  function send (id: string, deadline: Deadline): Promise<Lookup> {
    const current = { sentAs: ++sequence, result: request(id, deadline) }
    inFlight.set(id, current)
    return current.result
  }

  function request (id: string, deadline: Deadline): Promise<Lookup> {
    const sentAt = monotonic()
    return lookUp(id, deadline).then((looked) => {
      inFlight.delete(id)
      // The provider may say more precisely when its answer had arrived. The spread last for another reason too: an
      // object that begins with one has a hidden class of its own on Node 20, and is slow to use.
      return { sentAt, answeredAt: monotonic(), ...looked }
    }, (error: unknown) => {
      inFlight.delete(id)
      throw error
    })
  }

  async function join (id: string, deadline: Deadline, joinsPaid: boolean): Promise<Lookup> {
    const arrivedAs = ++sequence
    for (;;) {
      const current = inFlight.get(id)
      if (current === undefined) return send(id, deadline)
      const isFresh = current.sentAs > arrivedAs
      try {
        const lookup = await within(current.result, deadline, late)
        if (isFresh || (joinsPaid && lookup.payment.status === 'paid')) return lookup
      } catch (error) {
        // The budget of the notification that sent the request may have ended before ours, or been too short for the
        // `Retry-After` while ours is not: then try again.
        if (isFresh && !(error instanceof TimeoutError) && !await waitedAsAsked(error, deadline)) throw error
        // Still in flight: it is our own budget that has ended.
        if (inFlight.get(id) === current) throw error
      }
    }
  }

  return function lookUpShared (id: string, deadline: Deadline, { joinsPaid = true } = {}): Promise<Lookup> {
    return inFlight.has(id) ? join(id, deadline, joinsPaid) : send(id, deadline)
  }
}
