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

test('a ledger that says nothing of an earlier run says that none has failed', async (t) => {
  const told: AfterFailure[] = []
  const silent: Ledger = { once: async (_, work) => ({ value: await work(undefined), replayed: false }) }
  await onceBefore(silent, 'a', monotonic() + 5000, async (_, afterFailure) => { told.push(afterFailure) })
  t.strictSame(told, [false])
})
