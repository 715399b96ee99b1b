import { mock } from 'node:test'
import { test } from 'tap'
import type { AfterFailure, Ledger } from '../../lib/index.js'
import { monotonic } from '../../lib/concurrency/deadline.js'
import { onceBefore } from '../../lib/ledger/once-before.js'

test('work that has not begun at the deadline is busy then, not before and not later', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  const stuck: Ledger = { once: () => new Promise(() => {}) }
  let code: unknown
  const waiting = onceBefore(stuck, 'a', monotonic() + 5000, async () => {})
  waiting.catch((error: unknown) => { code = Reflect.get(Object(error), 'code') })
  const settle = () => new Promise((resolve) => setImmediate(resolve))
  mock.timers.tick(4000) // what has passed on the real clock meanwhile is taken off the 5 s
  await settle()
  t.equal(code, undefined)
  mock.timers.tick(1000)
  await settle()
  t.equal(code, 'IAMPORT_BUSY')
})

for (const [waitedMs, says, expected] of [
  [0, undefined, false], [20, undefined, false], [21, undefined, true], [21, false, false],
  [0, 'abandoned', 'abandoned'],
] as const) {
  const what = says === undefined ? 'nothing of an earlier run' : JSON.stringify(says)
  test(`a ledger that says ${what} after ${waitedMs} ms: the work receives ${JSON.stringify(expected)}`, async (t) => {
    const received: AfterFailure[] = []
    let now = 0
    const clock = mock.method(performance, 'now', () => now)
    t.teardown(() => clock.mock.restore())
    const silent: Ledger = {
      async once (_, work) {
        now += waitedMs
        return { value: await (says === undefined ? work(undefined) : work(undefined, says)), replayed: false }
      },
    }
    await onceBefore(silent, 'a', now + 5000, async (_, afterFailure) => { received.push(afterFailure) })
    t.strictSame(received, [expected])
  })
}
