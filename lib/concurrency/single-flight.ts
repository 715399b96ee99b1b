import { BusyError } from '../errors.js'
import { within, type Deadline } from './deadline.js'
import { createTransientMap } from './transient-map.js'

export interface SingleFlightOptions<Result, ForOthers> {
  /** What a caller receives that has waited for another's run: its own copy, which says so. */
  asShared (result: Result): ForOthers
  /** Whether the next caller starts a run of its own after this error, or receives the error. @default () => true */
  isRetried? (error: unknown): boolean
}

/**
 * Callers of one key share the run in progress. If that run fails, the callers that waited for it run their own, one
 * after the other, until one succeeds.
 */
export function createSingleFlight<Key, Result, ForOthers> (
  { asShared, isRetried = () => true }: SingleFlightOptions<Result, ForOthers>
) {
  const flights = createTransientMap<Key, Promise<Result>>()

  function start<Own extends Result> (key: Key, running: Promise<Own>): Promise<Own> {
    flights.set(key, running)
    return running.then((result) => {
      flights.delete(key)
      return result
    }, (error: unknown) => {
      flights.delete(key)
      throw error
    })
  }

  async function join<Own extends Result> (
    key: Key, deadline: Deadline, run: (afterFailure: boolean) => Promise<Own>
  ): Promise<Own | ForOthers> {
    for (let flight; (flight = flights.get(key)) !== undefined;) {
      try {
        return await within(flight.then(asShared), deadline, () => new BusyError())
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
  return function fly<Own extends Result> (
    key: Key, deadline: Deadline, run: (afterFailure: boolean) => Promise<Own>
  ): Promise<Own | ForOthers> {
    return flights.has(key) ? join(key, deadline, run) : start(key, run(false))
  }
}
