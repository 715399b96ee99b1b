import { test } from 'tap'
import { createInFlightCounter } from '../../lib/concurrency/in-flight-counter.js'
import { deferred } from '../support/upstream.js'

test('what is abandoned is named, the oldest first, whatever has ended in between', async (t) => {
  const { track, abandon } = createInFlightCounter<number>()
  const works = Array.from({ length: 5 }, deferred)
  const results = works.map(({ promise }, index) => track(index, () => promise))
  works[0]?.resolve()
  await results[0]
  t.strictSame(abandon(() => new Error('closing')), [1, 2, 3, 4])
  for (const result of results.slice(1)) await t.rejects(result, { message: 'closing' })
})

test('idle once the last has ended, be it with an error, and at once if there is none', async (t) => {
  const { track, idle } = createInFlightCounter<string>()
  await idle()
  const [first, second] = [deferred(), deferred()]
  let isIdle = false
  const tracked = track('first', () => first.promise)
  const failed = track('second', () => second.promise.then(() => { throw new Error('failed') }))
  const waited = idle().then(() => { isIdle = true })
  first.resolve()
  await tracked
  t.equal(isIdle, false)
  second.resolve()
  await t.rejects(failed, { message: 'failed' })
  await waited
})
