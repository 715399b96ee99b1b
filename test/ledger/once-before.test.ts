import Fastify from 'fastify'
import { test } from 'tap'
import { monotonic } from '../../lib/concurrency/deadline.js'
import type { Ledger } from '../../lib/index.js'
import { memoryLedger } from '../../lib/index.js'
import { onceBefore } from '../../lib/ledger/once-before.js'
import { createEventRecord } from '../../lib/completion/event-record.js'
import { deferred, payment } from '../support/upstream.js'

const { log: noLog } = Fastify()
const soon = () => monotonic() + 20
const late = () => monotonic() + 10_000

/** A ledger that lets work begin when the test says so, as one does that waits for a connection. */
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

test('gives what the ledger gives', async (t) => {
  const ledger = memoryLedger()
  t.strictSame(await onceBefore(ledger, 'a', late(), async () => 1), { value: 1, replayed: false })
  t.strictSame(await onceBefore(ledger, 'a', late(), async () => 2), { value: 1, replayed: true })
})

test('work that has not begun at the deadline is given up, and never begins', async (t) => {
  const { ledger, open } = slowLedger()
  let begun = false
  await t.rejects(onceBefore(ledger, 'a', soon(), async () => { begun = true }), { code: 'IAMPORT_BUSY' })
  open()
  await new Promise(setImmediate)
  t.notOk(begun)
})

test('work that has begun late but in time is not cut off', async (t) => {
  const { ledger, open } = slowLedger()
  const recorded = onceBefore(ledger, 'a', monotonic() + 200, async () => {
    await new Promise((resolve) => setTimeout(resolve, 250))
    return 'done'
  })
  open()
  t.match(await recorded, { value: 'done' })
})

test('the error of the work comes out as it is, whatever the ledger makes of it', async (t) => {
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

test('an error of the ledger is IAMPORT_UNAVAILABLE with its cause, one with a code of ours stays', async (t) => {
  const failing = (error: Error): Ledger => ({ once: async () => { throw error } })
  const cause = new Error('connection refused')
  await t.rejects(onceBefore(failing(cause), 'a', late(), async () => 1), { code: 'IAMPORT_UNAVAILABLE', cause })
  const busy = Object.assign(new Error('busy'), { code: 'IAMPORT_BUSY' })
  await t.rejects(onceBefore(failing(busy), 'a', late(), async () => 1), busy)
})

test('a ledger that fails while it is asked what it knows leaves the payment undecided', async (t) => {
  const record = createEventRecord({ once: async () => { throw new Error('gone') } }, { assertUnchanged: async () => {} })
  const it = { payment: payment(), answeredAt: 0, context: { source: 'webhook' as const, log: noLog }, deadline: late() }
  await t.rejects(record.has(it, 'paid'), { code: 'IAMPORT_UNAVAILABLE' })
})
