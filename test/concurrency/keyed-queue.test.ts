import { test } from 'tap'
import { monotonic } from '../../lib/concurrency/deadline.js'
import { createKeyedQueue } from '../../lib/concurrency/keyed-queue.js'
import { deferred } from '../support/upstream.js'

test('work starts at once where nobody holds the key', async (t) => {
  const inQueue = createKeyedQueue()
  let started = false
  const done = inQueue('a', async () => { started = true })
  t.ok(started)
  await done
})

test('one after the other, in the order of the calls; also after one that failed', async (t) => {
  const inQueue = createKeyedQueue()
  const order: string[] = []
  const gate = deferred()
  const all = [
    inQueue('a', async () => {
      await gate.promise
      order.push('first')
      throw new Error('failed')
    }),
    inQueue('a', async () => { order.push('second') }),
    inQueue('a', async () => { order.push('third') }),
    inQueue('b', async () => { order.push('other') }),
  ]
  gate.resolve()
  t.strictSame((await Promise.allSettled(all)).map(({ status }) => status), [
    'rejected', 'fulfilled', 'fulfilled', 'fulfilled',
  ])
  t.strictSame(order, ['other', 'first', 'second', 'third'])
})

test('who waits too long gives up, is never started, and keeps nobody else', async (t) => {
  const inQueue = createKeyedQueue()
  const gate = deferred()
  const holder = inQueue('a', () => gate.promise)
  let started = false
  await t.rejects(inQueue('a', async () => { started = true }, monotonic() + 5), { code: 'IAMPORT_BUSY' })
  const next = inQueue('a', async () => 'next')
  gate.resolve()
  await holder
  t.equal(await next, 'next')
  t.notOk(started)
  t.equal(await inQueue('a', async () => 'again'), 'again', 'the key is free')
})
