import { BusyError } from '../errors.js'
import { within, type Deadline } from './deadline.js'
import { createTransientMap } from './transient-map.js'

/** `isShared`: the value comes from another caller's run, which makes this caller's answer a replay. */
type Flight<Own extends Shared, Shared> = { isShared: false, value: Own } | { isShared: true, value: Shared }

export interface SingleFlightOptions<Shared> {
  /** Whether the next caller starts a run of its own after this error, or receives the error. @default () => true */
  isRetried? (error: unknown): boolean
  /** Makes a copy for each caller that shares a run. @default the value itself */
  copy? (value: Shared): Shared
}

/**
 * Callers of one key share the run in progress. If that run fails, the callers that waited for it run their own, one
 * after the other, until one succeeds.
 */
export function createSingleFlight<Key, Shared> (
  { isRetried = () => true, copy = (value) => value }: SingleFlightOptions<Shared> = {}
) {
  const flights = createTransientMap<Key, Promise<Shared>>()

  function start<Own extends Shared> (key: Key, running: Promise<Own>): Promise<Flight<Own, Shared>> {
    flights.set(key, running)
    return running.then((value) => {
      flights.delete(key)
      return { isShared: false, value }
    }, (error: unknown) => {
      flights.delete(key)
      throw error
    })
  }

  async function join<Own extends Shared> (
    key: Key, deadline: Deadline, run: (afterFailure: boolean) => Promise<Own>
  ): Promise<Flight<Own, Shared>> {
    for (let flight; (flight = flights.get(key)) !== undefined;) {
      try {
        return { isShared: true, value: await within(flight.then(copy), deadline, () => new BusyError()) }
      } catch (error) {
        // Still in flight: it is our own time that is over.
        if (flights.get(key) === flight || !isRetried(error)) throw error
      }
    }
    return start(key, run(true))
  }

  /**
   * @param run its parameter: whether a run that this caller waited for has failed
   * @throws IAMPORT_BUSY at the deadline, while it waits for another caller's run; its own then never starts
   */
  return function fly<Own extends Shared> (
    key: Key, deadline: Deadline, run: (afterFailure: boolean) => Promise<Own>
  ): Promise<Flight<Own, Shared>> {
    return flights.has(key) ? join(key, deadline, run) : start(key, run(false))
  }
}
