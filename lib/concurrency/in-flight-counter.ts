/** Counts work in flight, so that a shutdown can wait for it, and report what it did not wait for. */
interface InFlightCounter<Name> {
  /** Starts `work` and settles as it does, or rejects once everything is abandoned; from then on it starts nothing. */
  track<T> (name: Name, work: () => Promise<T>): Promise<T>
  /** Resolves once nothing is in flight, or everything is abandoned. */
  idle (): Promise<void>
  /**
   * Rejects everything in flight with this reason; the work itself goes on.
   * @returns the names of what was in flight, the oldest first
   */
  abandon (reason: () => Error): Name[]
}

interface Entry<Name> { name: Name, reject (reason: Error): void, begunAs: number, index: number }

export function createInFlightCounter<Name> (): InFlightCounter<Name> {
  /** An array, where each entry knows its place: of all that runs through a server, a Set costs more. */
  const inFlight: Entry<Name>[] = []
  let begun = 0
  let whenIdle: (() => void)[] = []
  let abandoned: (() => Error) | undefined

  function remove (entry: Entry<Name>) {
    if (inFlight[entry.index] !== entry) return // abandoned
    const last = inFlight.pop()
    if (last !== undefined && last !== entry) {
      inFlight[entry.index] = last
      last.index = entry.index
    }
    if (inFlight.length > 0) return
    for (const resolve of whenIdle) resolve()
    whenIdle = []
  }

  return {
    track (name, work) {
      return new Promise((resolve, reject) => {
        if (abandoned) return reject(abandoned())
        const entry = { name, reject, begunAs: ++begun, index: inFlight.length }
        inFlight.push(entry)
        // One reaction instead of a chain with `finally`: every request comes by here.
        work().then((result) => {
          remove(entry)
          resolve(result)
        }, (error) => {
          remove(entry)
          reject(error)
        })
      })
    },
    idle: () => inFlight.length === 0 ? Promise.resolve() : new Promise<void>((resolve) => whenIdle.push(resolve)),
    abandon (reason) {
      abandoned = reason
      const left = inFlight.toSorted((a, b) => a.begunAs - b.begunAs)
      for (const entry of left) {
        entry.reject(reason())
        remove(entry)
      }
      return left.map(({ name }) => name)
    },
  }
}
