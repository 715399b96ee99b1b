import { test } from 'tap'
import { MAX_TIMER_MS, monotonic, within } from '../../lib/concurrency/deadline.js'

test('a deadline that is further away than a timer of Node reaches does not come at once', async (t) => {
  let finish = (_: string) => {}
  const work = new Promise<string>((resolve) => { finish = resolve })
  const settled = within(work, monotonic() + MAX_TIMER_MS + 60_000, () => new Error('late'))
  // Node makes 1 ms of such a delay, and timers of one delay fire in their order.
  await new Promise((resolve) => setTimeout(resolve, 1))
  finish('done')
  t.equal(await settled, 'done')
})
