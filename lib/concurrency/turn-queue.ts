/**
 * Runs work in the order of the calls, never at once, and only a part of it in each turn of the event loop, so that
 * everything else goes on in between: half of what waits, so that a long queue is worked off at its own pace.
 *
 * @param atLeast how much of it in one turn, even where half is less
 */
export function createTurnQueue (atLeast: number) {
  const queue: (() => void)[] = []

  function run (): void {
    const now = queue.slice(0, Math.max(atLeast, Math.ceil(queue.length / 2)))
    for (const work of now) work()
    queue.splice(0, now.length)
    if (queue.length > 0) setImmediate(run)
  }

  /** @param work must not throw */
  return function enqueue (work: () => void): void {
    if (queue.push(work) === 1) setImmediate(run)
  }
}
