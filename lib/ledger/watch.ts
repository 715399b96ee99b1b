/** Limits the steps of a transaction, one after the other. */
export interface Watch {
  /** Aborted where a step took too long: its connection may be ended. */
  readonly signal: AbortSignal
  /** Begins a step that may take `ms`. @throws the error of an earlier step that took too long */
  limit (ms: number, late: () => Error): void
  /** Settles as `promise` does, or rejects as soon as a step has taken too long. What is behind `promise` goes on. */
  bound<T> (promise: Promise<T>): Promise<T>
  stop (): void
}

export function createWatch (): Watch {
  const controller = new AbortController()
  const { signal } = controller
  let timer: NodeJS.Timeout | undefined
  let fail: (error: Error) => void
  const lateness = new Promise<never>((_resolve, reject) => { fail = reject })
  return {
    signal,
    limit (ms, late) {
      signal.throwIfAborted()
      clearTimeout(timer)
      timer = setTimeout(() => {
        const error = late()
        fail(error) // before the signal: whoever is told by it must not be heard first
        controller.abort(error)
      }, ms)
    },
    bound: (promise) => Promise.race([lateness, promise]),
    stop: () => clearTimeout(timer),
  }
}
