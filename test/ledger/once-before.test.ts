import Fastify from 'fastify'
import { mock } from 'node:test'
import { test } from 'tap'
import { monotonic } from '../../lib/concurrency/deadline.js'
import { memoryLedger, type Ledger } from '../../lib/index.js'
import { onceBefore } from '../../lib/ledger/once-before.js'
import { createEventRecord } from '../../lib/completion/event-record.js'
import { lookedUp } from '../../lib/iamport/looked-up.js'
import { deferred, payment } from '../support/upstream.js'

const { log: noLog } = Fastify()
const soon = () => monotonic() + 20
const late = () => monotonic() + 10_000

/** A ledger that begins the work when the test opens it, as one does that waits for a connection. */
function slowLedger () {
  const gate = deferred()
  const ledger: Ledger = {
    async once (_, work) {
      await gate.promise
      return { value: await work(undefined), replayed: false }
    }
  }
  return { ledger, open: gate.resolve }
}

test('onceBefore resolves to what the ledger gives: the result of the run, then its replay', async (t) => {
  const ledger = memoryLedger()
  t.strictSame(await onceBefore(ledger, 'a', late(), async () => 1), { value: 1, replayed: false })
  t.strictSame(await onceBefore(ledger, 'a', late(), async () => 2), { value: 1, replayed: true })
})

test('a caller whose work has not begun at the deadline gets IAMPORT_BUSY, and the work never begins', async (t) => {
  const { ledger, open } = slowLedger()
  let begun = false
  await t.rejects(onceBefore(ledger, 'a', soon(), async () => { begun = true }), { code: 'IAMPORT_BUSY' })
  open()
  await new Promise(setImmediate)
  t.notOk(begun)
})

test('work that a ledger begins after it has failed never begins', async (t) => {
  const claimed = deferred()
  const ledger: Ledger = {
    once (_, work) {
      claimed.promise.then(() => work(undefined)).catch(() => {})
      return Promise.reject(new Error('the transaction took too long'))
    }
  }
  let begun = false
  await t.rejects(onceBefore(ledger, 'a', late(), async () => { begun = true }), { code: 'IAMPORT_UNAVAILABLE' })
  claimed.resolve()
  await new Promise(setImmediate)
  t.notOk(begun)
})

test('work that has begun before the deadline is not cut off', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  const { ledger, open } = slowLedger()
  const begun = deferred()
  const end = deferred()
  const recorded = onceBefore(ledger, 'a', late(), async () => {
    begun.resolve()
    await end.promise
    return 'done'
  })
  open()
  await begun.promise
  mock.timers.tick(20_000)
  end.resolve()
  t.strictSame(await recorded, { value: 'done', replayed: false })
})

test('the caller gets the error of the work itself, also where the ledger wraps it', async (t) => {
  const wrapping: Ledger = {
    async once (_, work) {
      try {
        return { value: await work(undefined), replayed: false }
      } catch (cause) {
        throw new Error('rolled back', { cause })
      }
    }
  }
  const error = new Error('no stock')
  await t.rejects(onceBefore(wrapping, 'a', late(), () => Promise.reject(error)), error)
})

test('an error of the ledger becomes the cause of IAMPORT_UNAVAILABLE, unless it has a code of ours', async (t) => {
  const failing = (error: Error): Ledger => ({ once: async () => { throw error } })
  const cause = new Error('connection refused')
  await t.rejects(onceBefore(failing(cause), 'a', late(), async () => 1), { code: 'IAMPORT_UNAVAILABLE', cause })
  const busy = Object.assign(new Error('busy'), { code: 'IAMPORT_BUSY' })
  await t.rejects(onceBefore(failing(busy), 'a', late(), async () => 1), busy)
})

test('a ledger that resolves to no { value, replayed } is IAMPORT_UNAVAILABLE, and the message says why', async (t) => {
  const unavailable = { code: 'IAMPORT_UNAVAILABLE', cause: { message: 'once must resolve to { value, replayed }' } }
  for (const text of ['null', 'true', '"paid"', '{}', '{"value":1}', '{"decision":"refund"}']) {
    const result = JSON.parse(text)
    const afterWork: Ledger = { once: (_, work) => work(undefined).then(() => result) }
    await t.rejects(onceBefore(afterWork, 'a', late(), async () => 1), unavailable, text)
    const without: Ledger = { once: async () => result }
    await t.rejects(onceBefore(without, 'a', late(), async () => 1), unavailable, text)
  }
  const silent: Ledger = { once: (_, work) => work(undefined).then() as never }
  await t.rejects(onceBefore(silent, 'a', late(), async () => undefined), unavailable)
  t.strictSame(await onceBefore({ once: async () => JSON.parse('{"replayed":true}') }, 'a', late(), async () => 1),
    { replayed: true }, 'JSON leaves a value out that is undefined')
})

test('reading an event from a ledger that fails rejects with IAMPORT_UNAVAILABLE', async (t) => {
  const failing: Ledger = { once: async () => { throw new Error('gone') } }
  const record = createEventRecord(failing, { isDoubtful: () => false, assertUnchanged: async () => {} })
  const context = { source: 'webhook' as const, log: noLog }
  const notification = { ...lookedUp(payment()), answeredAt: 0, context, deadline: late() }
  await t.rejects(record.has(notification, 'paid'), { code: 'IAMPORT_UNAVAILABLE' })
})
