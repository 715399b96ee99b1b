/**
 * Settles as `work` does, or rejects with `reason()` as soon as the signal is aborted; `work` then goes on unobserved.
 * If the signal is aborted already, `work` is not started.
 */
export function unlessAborted<T> (signal: AbortSignal, reason: () => Error, work: () => Promise<T>): Promise<T> {
  if (signal.aborted) return Promise.reject(reason())
  return new Promise((resolve, reject) => {
    const stop = () => reject(reason())
    signal.addEventListener('abort', stop, { once: true })
    work().then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}
