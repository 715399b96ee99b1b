/**
 * Runs work in the order of the calls, never at once, and only a part of it in each turn of the event loop, so that
 * everything else goes on in between.
 *
 * @param perTurn how much in one turn, at most
 */
export function createTurnQueue (perTurn: number) {
  const queue: (() => void)[] = []

  function run (): void {
    const now = queue.slice(0, perTurn)
    for (const work of now) work()
    queue.splice(0, now.length)
    if (queue.length > 0) setImmediate(run)
  }

  /** @param work must not throw */
  return function enqueue (work: () => void): void {
    if (queue.push(work) === 1) setImmediate(run)
  }
}
