import { within, type Deadline } from './deadline.js'
import { TimeoutError } from './errors.js'
import type { Payment } from './iamport/payment.js'

/** A payment as one lookup saw it, shared by all notifications that may use that lookup. */
export interface Sighting<Outcome> {
  readonly payment: Payment
  /** What is being made of it, by the first of those notifications. */
  outcome?: Promise<Outcome>
}

interface Flight<Outcome> { sent: number, sighting: Promise<Sighting<Outcome>> }

/**
 * Looks payments up, one request at a time for each.
 *
 * A notification may only use what was asked after it arrived: an older answer can be from before the very news it brings.
 * It joins a lookup in flight all the same, as a `paid` seen there holds; on anything else it asks again, together with all
 * others that wait.
 *
 * @throws what `lookUp` throws; IAMPORT_TIMEOUT at the deadline
 */
export function createLookups<Outcome> (lookUp: (impUid: string, deadline: Deadline) => Promise<Payment>) {
  const flights = new Map<string, Flight<Outcome>>()
  let moment = 0

  function send (impUid: string, deadline: Deadline): Flight<Outcome> {
    const flight = { sent: ++moment, sighting: land(impUid, deadline) }
    flights.set(impUid, flight)
    return flight
  }

  async function land (impUid: string, deadline: Deadline): Promise<Sighting<Outcome>> {
    try {
      return { payment: await lookUp(impUid, deadline) }
    } finally {
      flights.delete(impUid)
    }
  }

  return async function see (impUid: string, deadline: Deadline): Promise<Sighting<Outcome>> {
    const arrived = ++moment
    for (;;) {
      const flight = flights.get(impUid)
      if (flight === undefined) return send(impUid, deadline).sighting
      const isFresh = flight.sent > arrived
      try {
        const sighting = await within(flight.sighting, deadline, () => new TimeoutError())
        if (isFresh || sighting.payment.status === 'paid') return sighting
      } catch (error) {
        // Another's budget may have ended where ours has not; our own end comes by the next turn of the loop.
        if (isFresh && !(error instanceof TimeoutError)) throw error
        if (flights.get(impUid) === flight) throw error
      }
    }
  }
}
