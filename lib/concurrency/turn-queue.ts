/**
 * Runs work in the order of the calls, never at once, and only a part of it in each turn of the event loop, so that
 * everything else goes on in between.
 *
 * @param perTurn how much in this turn, at least 1, of so much that waits
 */
export function createTurnQueue (perTurn: (waiting: number) => number) {
  const queue: (() => void)[] = []

  function run (): void {
    const now = queue.slice(0, perTurn(queue.length))
    for (const work of now) work()
    queue.splice(0, now.length)
    if (queue.length > 0) setImmediate(run)
  }

  /** @param work must not throw */
  return function enqueue (work: () => void): void {
    if (queue.push(work) === 1) setImmediate(run)
  }
}
