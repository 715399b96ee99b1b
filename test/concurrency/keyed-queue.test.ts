import { test } from 'tap'
import { monotonic } from '../../lib/concurrency/deadline.js'
import { createTurns } from '../../lib/concurrency/keyed-queue.js'
import { deferred } from '../support/upstream.js'

test('work starts at once where nobody holds the key', async (t) => {
  const inTurn = createTurns()
  let started = false
  const done = inTurn('a', async () => { started = true })
  t.ok(started)
  await done
})

test('one after the other, in the order of the calls; also after one that failed', async (t) => {
  const inTurn = createTurns()
  const order: string[] = []
  const gate = deferred()
  const all = [
    inTurn('a', async () => {
      await gate.promise
      order.push('first')
      throw new Error('failed')
    }),
    inTurn('a', async () => { order.push('second') }),
    inTurn('a', async () => { order.push('third') }),
    inTurn('b', async () => { order.push('other') }),
  ]
  gate.resolve()
  t.strictSame((await Promise.allSettled(all)).map(({ status }) => status), ['rejected', 'fulfilled', 'fulfilled', 'fulfilled'])
  t.strictSame(order, ['other', 'first', 'second', 'third'])
})

test('who waits too long gives up, is never started, and keeps nobody else', async (t) => {
  const inTurn = createTurns()
  const gate = deferred()
  const holder = inTurn('a', () => gate.promise)
  let started = false
  await t.rejects(inTurn('a', async () => { started = true }, monotonic() + 5), { code: 'IAMPORT_BUSY' })
  const next = inTurn('a', async () => 'next')
  gate.resolve()
  await holder
  t.equal(await next, 'next')
  t.notOk(started)
  t.equal(await inTurn('a', async () => 'again'), 'again', 'the key is free')
})
