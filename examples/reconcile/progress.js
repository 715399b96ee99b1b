/** Characters of the bar. */
const WIDTH = 30
/** Milliseconds between two plain lines, where there is no terminal: a log is not a screen. */
const LINE_EVERY_MS = 10_000

/**
 * Shows how far a reconciliation is: a bar on a terminal, a line now and then elsewhere.
 *
 * @param {{ isTTY?: boolean, write (text: string): unknown }} output
 * @param {() => number} [clock] milliseconds
 */
export function createProgress (output, clock = Date.now) {
  let next = clock() + LINE_EVERY_MS

  return {
    /** @param {import('fastify-iamport').ReconcileReport & { total: number }} report */
    show ({ seen, errors, total }) {
      const done = seen + errors.length
      if (output.isTTY) {
        const filled = Math.round(WIDTH * done / total)
        output.write(`\r[${'#'.repeat(filled)}${' '.repeat(WIDTH - filled)}] ${done} of ${total} so far`)
      } else if (clock() >= next) {
        next = clock() + LINE_EVERY_MS
        output.write(`${done} of ${total} so far\n`)
      }
    },
    end () { if (output.isTTY) output.write('\n') },
  }
}
