import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises'
import { monotonic, within, type Deadline } from '../concurrency/deadline.js'
import { TimeoutError } from '../errors.js'
import type { Lookup } from './freshness.js'
import type { Payment } from './payment.js'

/** A payment as one lookup saw it, shared by all notifications that may use that lookup. */
export interface Sighting<Outcome> extends Lookup {
  /** What is being made of it, by the first of those notifications. */
  outcome?: Promise<Outcome>
}

interface Flight<Outcome> {
  /** When it was sent, on the counter of arrivals; later than all of them before it is. */
  sent: number
  /** How many notifications wait for it besides the one that sent it. */
  joined: number
  sighting: Promise<Sighting<Outcome>>
}

/** Milliseconds for which a payment counts as crowded after several notifications came at once, and a lookup waits at most. */
const CROWD_MS = 1000
/** Milliseconds without another notification after which a crowd counts as complete. A buyer does not notice them. */
const GATHER_MS = 50

/**
 * Looks payments up, one request at a time for each.
 *
 * A notification may only use what was asked after it arrived: an older answer can be from before the very news it brings.
 * It joins a lookup in flight all the same, as a `paid` seen there holds; on anything else it asks again, together with all
 * others that wait. A webhook always does: it may tell of a cancellation, and is not sent again. Where several came at once, the next lookup waits for the rest of them: a thousand need two.
 *
 * @throws what `lookUp` throws; IAMPORT_TIMEOUT at the deadline
 */
export function createLookups<Outcome> (lookUp: (impUid: string, deadline: Deadline) => Promise<Payment>) {
  const flights = new Map<string, Flight<Outcome>>()
  const crowded = new Set<string>()
  let moment = 0

  function send (impUid: string, deadline: Deadline): Promise<Sighting<Outcome>> {
    const flight = { sent: Infinity, joined: 0 }
    const sighting = fly(impUid, flight, deadline)
    flights.set(impUid, Object.assign(flight, { sighting }))
    return sighting
  }

  async function fly (impUid: string, flight: Pick<Flight<Outcome>, 'sent' | 'joined'>, deadline: Deadline): Promise<Sighting<Outcome>> {
    try {
      if (crowded.has(impUid)) await gathered(flight, deadline)
      flight.sent = ++moment
      const askedAt = monotonic()
      const payment = await lookUp(impUid, deadline)
      return { payment, askedAt, answeredAt: monotonic() }
    } finally {
      flights.delete(impUid)
      if (flight.joined > 0 && !crowded.has(impUid)) {
        crowded.add(impUid)
        setTimeout(() => crowded.delete(impUid), CROWD_MS).unref()
      }
    }
  }

  return async function see (impUid: string, deadline: Deadline, { joinsPaid = true } = {}): Promise<Sighting<Outcome>> {
    const arrived = ++moment
    for (;;) {
      const flight = flights.get(impUid)
      if (flight === undefined) return send(impUid, deadline)
      flight.joined++
      try {
        const sighting = await within(flight.sighting, deadline, () => new TimeoutError())
        if (flight.sent > arrived || (joinsPaid && sighting.payment.status === 'paid')) return sighting
      } catch (error) {
        // Another's budget may have ended where ours has not; our own end comes by the next turn of the loop.
        if (flight.sent > arrived && !(error instanceof TimeoutError)) throw error
        if (flights.get(impUid) === flight) throw error
      }
    }
  }
}

/** Waits until nobody joins any more. */
async function gathered (flight: { joined: number }, deadline: Deadline): Promise<void> {
  const latest = Math.min(deadline, monotonic() + CROWD_MS)
  for (let known = -1; known !== flight.joined && monotonic() + GATHER_MS < latest;) {
    known = flight.joined
    await sleep(GATHER_MS)
    await turn() // on a busy server, what arrived meanwhile is read only now
  }
}
