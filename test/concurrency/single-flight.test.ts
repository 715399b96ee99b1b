import { test } from 'tap'
import { monotonic } from '../../lib/concurrency/deadline.js'
import { createSingleFlight, type SingleFlightOptions } from '../../lib/concurrency/single-flight.js'

interface Shared<Value> { shared: Value }

/** Runs that end when the test says so. */
function openFlights<Value> (options: Partial<SingleFlightOptions<Value, Shared<Value>>> = {}) {
  const fly = createSingleFlight<string, Value, Shared<Value>>({ asShared: (shared) => ({ shared }), ...options })
  const runs: { afterFailure: boolean, end (value: Value): void, fail (error: unknown): void }[] = []
  return {
    runs,
    call: (key: string, withinMs = 10_000) => fly(key, monotonic() + withinMs, (afterFailure) =>
      new Promise<Value>((resolve, reject) => { runs.push({ afterFailure, end: resolve, fail: reject }) })),
  }
}

const untilSettled = () => new Promise(setImmediate)

test('callers of one key share the run in progress; other keys have their own', async (t) => {
  const { runs, call } = openFlights<string>()
  const all = Promise.all([call('a'), call('a'), call('b'), call('a')])
  t.equal(runs.length, 2)
  runs[0]?.end('of a')
  runs[1]?.end('of b')
  t.strictSame(await all, ['of a', { shared: 'of a' }, 'of b', { shared: 'of a' }])
})

test('after its end, the next caller runs its own', async (t) => {
  const { runs, call } = openFlights<number>()
  const first = call('a')
  runs[0]?.end(1)
  t.equal(await first, 1)
  const second = call('a')
  runs[1]?.end(2)
  t.equal(await second, 2)
})

test('if the run fails, those that waited run their own, one at a time, and know of the failure', async (t) => {
  const { runs, call } = openFlights<string>()
  const calls = Promise.allSettled([call('a'), call('a'), call('a')])
  runs[0]?.fail(new Error('first'))
  await untilSettled()
  t.equal(runs.length, 2)
  runs[1]?.end('second')
  t.match(await calls, [
    { status: 'rejected', reason: { message: 'first' } },
    { value: 'second' },
    { value: { shared: 'second' } },
  ])
  t.strictSame(runs.map(({ afterFailure }) => afterFailure), [false, true])
})

test('an error that is not retried reaches all that waited', async (t) => {
  const { runs, call } = openFlights<string>({ isRetried: (error) => error !== 'final' })
  const calls = Promise.allSettled([call('a'), call('a')])
  runs[0]?.fail('final')
  t.strictSame(await calls, [{ status: 'rejected', reason: 'final' }, { status: 'rejected', reason: 'final' }])
  t.equal(runs.length, 1)
})

test('a caller waits until its deadline, and its own run then never starts', async (t) => {
  const { runs, call } = openFlights<string>()
  const first = call('a')
  await t.rejects(call('a', 1), { code: 'IAMPORT_BUSY' })
  runs[0]?.end('first')
  t.equal(await first, 'first')
  t.equal(runs.length, 1)
})

test('each caller that shares a run gets a copy, made before the others can change theirs', async (t) => {
  const { runs, call } = openFlights<string[]>({ asShared: (lines) => ({ shared: structuredClone(lines) }) })
  const change = (result: string[] | Shared<string[]>) => ('shared' in result ? result.shared : result).push('changed')
  const calls = [call('a'), call('a'), call('a')]
  const lengths = Promise.all(calls.map(async (flight) => change(await flight)))
  runs[0]?.end([])
  t.strictSame(await lengths, [1, 1, 1])
})
