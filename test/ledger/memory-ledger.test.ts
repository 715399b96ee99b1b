import { test } from 'tap'
import { memoryLedger } from '../../lib/index.js'
import { deferred } from '../support/upstream.js'

test('the work of a key runs once, and later callers get what it returned', async (t) => {
  const { once } = memoryLedger()
  let runs = 0
  const work = async () => ({ run: ++runs })
  t.strictSame(await once('a', work), { value: { run: 1 }, replayed: false })
  t.strictSame(await once('a', work), { value: { run: 1 }, replayed: true })
  t.strictSame(await once('b', work), { value: { run: 2 }, replayed: false })
})

test('every caller gets a copy of the result', async (t) => {
  const { once } = memoryLedger()
  await once('a', async () => ({ list: [1] }))
  const first = await once('a', async () => ({ list: [0] }))
  first.value.list.push(2)
  t.strictSame((await once('a', async () => ({ list: [0] }))).value, { list: [1] })
})

test('callers of one key wait for the run in progress; if it fails, the next of them runs', async (t) => {
  const { once } = memoryLedger()
  const gate = deferred()
  let runs = 0
  const work = async () => {
    runs++
    await gate.promise
    if (runs === 1) throw new Error('no')
    return runs
  }
  const all = [once('a', work), once('a', work), once('a', work)]
  gate.resolve()
  t.match(await Promise.allSettled(all), [
    { status: 'rejected', reason: { message: 'no' } },
    { value: { value: 2, replayed: false } },
    { value: { value: 2, replayed: true } },
  ])
})

test('a result that JSON cannot hold is refused and not recorded', async (t) => {
  const { once } = memoryLedger()
  await t.rejects(once<unknown>('a', async () => 1n), { code: 'IAMPORT_HOOK_FAILED' })
  t.match(await once<unknown>('a', async () => 'text'), { replayed: false })
})

test('the ledger remembers no more than maxKeys events, and at least the latest half of them', async (t) => {
  const { once } = memoryLedger({ maxKeys: 100 })
  for (let key = 0; key < 1000; key++) await once(String(key), async () => undefined)
  const isKnown = async (key: number) => {
    const unknown = new Error('unknown')
    return once(String(key), () => Promise.reject(unknown)).then(() => true, () => false)
  }
  let known = 0
  for (let key = 0; key < 1000; key++) if (await isKnown(key)) known++
  t.ok(known >= 50 && known <= 100, `${known} known`)
  for (let key = 950; key < 1000; key++) t.ok(await isKnown(key), `${key}`)
})

const MAX_LONG = 2 ** 23

test('the latest long result is kept whatever its size; older ones are forgotten, their events are not', async (t) => {
  const { once } = memoryLedger()
  const sizes = [['a', MAX_LONG * 0.4], ['b', MAX_LONG * 0.4], ['c', MAX_LONG * 2]] as const
  for (const [key, size] of sizes) await once(key, async () => key.repeat(size))
  t.ok((await once('c', async () => '')).value === 'c'.repeat(MAX_LONG * 2))
  t.strictSame(await once('a', async () => ''), { value: undefined, replayed: true })
})

test('a short result, as a decision to refund is, is kept when long results follow', async (t) => {
  const { once } = memoryLedger()
  await once('refund', async () => 'x'.repeat(198))
  for (const key of ['a', 'b', 'c']) await once(key, async () => key.repeat(MAX_LONG))
  t.strictSame(await once('refund', async () => ''), { value: 'x'.repeat(198), replayed: true })
})

test('a forgotten event that runs again without a result does not replay the result of its first run', async (t) => {
  const { once } = memoryLedger({ maxKeys: 2 })
  await once<unknown>('a', async () => 'first')
  for (const key of ['b', 'c', 'd']) await once(key, async () => undefined)
  t.strictSame(await once<unknown>('a', async () => undefined), { value: undefined, replayed: false })
  t.strictSame(await once<unknown>('a', async () => 'again'), { value: undefined, replayed: true })
})

test('refuses an unknown option, and a number of events that is none', (t) => {
  const code = 'IAMPORT_INVALID_OPTIONS'
  t.throws(() => memoryLedger({ maxChars: 1 } as object), { code, message: /maxChars/ })
  for (const maxKeys of [0, -1, 1.5, NaN]) t.throws(() => memoryLedger({ maxKeys }), { code, message: /maxKeys/ })
  t.ok(memoryLedger({ maxKeys: 1 }))
  t.end()
})
