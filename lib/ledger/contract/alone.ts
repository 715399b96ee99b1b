import assert from 'node:assert/strict'
import { newKey, toCase, type LedgerCase, type LedgerParts } from './case.js'

/** Characters: beyond every buffer and every short text type. */
const LARGE = 1024 * 1024

/** Keys that a careless collation takes for one. */
const SIMILAR = ['a', 'A', 'a ', ' a', 'a%', 'a_', 'a.', "a'", 'a"', 'a\\', 'a:1', 'a:10', 'a$1', 'a?']

/** What holds for one caller after the other. */
export function alone<Tx> (parts: LedgerParts<Tx>): LedgerCase[] {
  const check = (name: string, run: () => Promise<void>, needs: keyof LedgerParts<Tx> = 'open') =>
    toCase(name, parts, needs, run)
  return [
    check('runs the work once, and gives back what it returned ever after', async () => {
      const ledger = await parts.open()
      const key = newKey()
      let ran = 0
      const work = async () => ({ order: ++ran, lines: ['주문', { ok: true, none: null, half: 0.5 }] })
      const value = { order: 1, lines: ['주문', { ok: true, none: null, half: 0.5 }] }
      assert.deepEqual(await ledger.once(key, work), { value, replayed: false })
      assert.deepEqual(await ledger.once(key, work), { value, replayed: true })
      assert.deepEqual(await (await parts.open()).once(key, work), { value, replayed: true }, 'in another process')
      assert.equal(ran, 1)
    }),
    check('keeps events apart, however alike their keys are', async () => {
      const ledger = await parts.open()
      const key = newKey('')
      const long = 'x'.repeat(254 - key.length)
      const keys = [...SIMILAR, `${long}1`, `${long}2`].map((end) => key + end)
      for (const replayed of [false, true]) {
        for (const value of keys) assert.deepEqual(await ledger.once(value, async () => value), { value, replayed })
      }
    }),
    check('records nothing when the work throws, and gives out the very error', async () => {
      const ledger = await parts.open()
      const key = newKey()
      const ofDatabase = Object.assign(new Error('like a database'), { code: '40001', errno: 1213 })
      for (const error of [new Error('no stock'), ofDatabase, 'a text', undefined]) {
        const thrown = await caught(ledger.once(key, async () => { throw error }))
        assert.equal(thrown.error, error)
      }
      assert.deepEqual(await ledger.once(key, async () => 'sold'), { value: 'sold', replayed: false })
      assert.deepEqual(await ledger.once(key, async () => 'again'), { value: 'sold', replayed: true })
    }),
    check('gives out the very error of a work that throws before its first await', async () => {
      const error = new Error('at once')
      const thrown = await caught((await parts.open()).once(newKey(), () => { throw error }))
      assert.equal(thrown.error, error)
    }),
    check('a result of nothing, null, false, 0 or an empty text is a result', async () => {
      const ledger = await parts.open()
      for (const value of [undefined, null, false, 0, '']) {
        const key = newKey()
        assert.deepEqual(await ledger.once(key, async () => value), { value, replayed: false })
        assert.deepEqual(await ledger.once(key, async () => 'again'), { value, replayed: true })
      }
    }),
    check('a large result, and one of every awkward character, comes back as it was', async () => {
      const ledger = await parts.open()
      const awkward = { text: '\u0000\u0001\ud800 \' " \\ \\\' $1 ? %s ; -- /* 🧾 \r\n\u2028' }
      for (const value of ['한'.repeat(LARGE), awkward]) {
        const key = newKey()
        assert.deepEqual(await ledger.once(key, async () => value), { value, replayed: false })
        assert.deepEqual(await ledger.once(key, async () => 'again'), { value, replayed: true })
      }
    }),
    check('refuses a result that JSON cannot hold, and records nothing', async () => {
      const ledger = await parts.open()
      const circular: { self?: unknown } = {}
      circular.self = circular
      for (const value of [1n, { amount: 1n }, circular, () => {}, Symbol('paid')]) {
        const key = newKey()
        await assert.rejects(ledger.once<unknown>(key, async () => value))
        assert.deepEqual(await ledger.once(key, async () => 'fine'), { value: 'fine', replayed: false })
      }
    }),
    check('gives every caller a copy of its own', async () => {
      const ledger = await parts.open()
      const key = newKey()
      const first = ledger.once(key, async () => ({ lines: ['one'] }))
      const second = ledger.once(key, async () => ({ lines: ['two'] }))
      const [{ value: mine }, { value: joined }] = await Promise.all([first, second])
      joined.lines.push('changed')
      mine.lines.push('changed too')
      assert.deepEqual((await ledger.once(key, async () => ({ lines: ['three'] }))).value, { lines: ['one'] })
    }),
    check('finds what is recorded, in every process, and nothing else', async () => {
      const ledger = await parts.open()
      const other = await parts.open()
      for (const value of [undefined, null, '', { lines: ['주문'] }]) {
        const key = newKey()
        assert.equal(await ledger.find?.(key), undefined)
        await assert.rejects(ledger.once(key, async () => { throw new Error('no stock') }))
        assert.equal(await ledger.find?.(key), undefined, 'after a failure')
        await ledger.once(key, async () => value)
        assert.deepEqual(await ledger.find?.(key), { value })
        assert.deepEqual(await other.find?.(key), { value }, 'in another process')
      }
    }, 'hasFind'),
  ]
}

async function caught (promise: Promise<unknown>): Promise<{ error: unknown }> {
  try {
    await promise
  } catch (error) {
    return { error }
  }
  assert.fail('it should have thrown')
}
