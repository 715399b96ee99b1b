import assert from 'node:assert/strict'
import { createGate, hold, newKey, toCase, type LedgerCase, type LedgerParts } from './case.js'

/** Milliseconds by which the clock of the day jumps: further than any lease. */
const JUMP_MS = 3600_000

/** Milliseconds that an impatient ledger waits. */
const IMPATIENT_MS = 300

/** Milliseconds that an event may take which nothing holds up: many times what any needs. */
const AT_ONCE_MS = 3000

/** What holds for callers at the same time, in one process and in several. */
export function together<Tx> (parts: LedgerParts<Tx>): LedgerCase[] {
  const { open, openImpatient = open, startHolder, depose } = parts
  const check = (name: string, run: () => Promise<void>, needs: keyof LedgerParts<Tx> = 'open') =>
    toCase(name, parts, needs, run)
  return [
    check('callers in all processes wait for the one that runs, and get its result', async () => {
      const ledgers = [await open(), await open(), await open()]
      const key = newKey()
      let ran = 0
      const work = async () => {
        await new Promise(setImmediate)
        return ++ran
      }
      const calls = Array.from({ length: 60 }, (_, index) => ledgers[index % 3]?.once(key, work))
      const all = await Promise.all(calls)
      assert.equal(ran, 1)
      assert.ok(all.every((one) => one?.value === 1))
      assert.equal(all.filter((one) => one?.replayed === false).length, 1)
    }),
    check('when the work throws, those who waited run their own, one at a time, until one succeeds', async () => {
      const ledgers = [await open(), await open(), await open()]
      const key = newKey()
      let ran = 0
      let running = 0
      const work = async () => {
        assert.equal(++running, 1, 'two at a time')
        await new Promise(setImmediate)
        running--
        if (++ran < 5) throw new Error(`try ${ran}`)
        return ran
      }
      const calls = Array.from({ length: 12 }, (_, index) => ledgers[index % 3]?.once(key, work))
      const all = await Promise.allSettled(calls)
      assert.equal(ran, 5)
      const failures = all.filter((one) => one.status === 'rejected')
      assert.deepEqual(failures.map(({ reason }) => reason.message).sort(), ['try 1', 'try 2', 'try 3', 'try 4'])
      assert.ok(all.every((one) => one.status === 'rejected' || one.value?.value === 5))
    }),
    check('an event that is being worked on holds up no other event', async () => {
      const ledger = await open()
      const { held, end } = await hold(ledger, newKey())
      assert.deepEqual(await ledger.once(newKey(), async () => 'other'), { value: 'other', replayed: false })
      end()
      await held
    }),
    check('an event whose run failed while another waited for it holds up no other event', async () => {
      const key = newKey()
      const others = Array.from({ length: 5 }, (_, index) => `${key}_${index}`) // next to it in any index
      const [failing, next, third] = [await open(), await open(), await openImpatient(AT_ONCE_MS)]
      const begun = createGate()
      const fail = createGate()
      const failed = failing.once(key, async () => {
        begun.open()
        await fail.opened
        throw new Error('no stock')
      })
      await Promise.race([begun.opened, failed])
      const waiting = hold(next, key)
      // By the time that other events have gone all the way to the database and back, this one waits there.
      for (let round = 0; round < 20; round++) await third.once(newKey(), async () => round)
      fail.open()
      await assert.rejects(failed, { message: 'no stock' })
      const { held, end } = await waiting
      try {
        for (const other of others) assert.equal((await third.once(other, async () => 'other')).replayed, false)
      } finally {
        end()
      }
      assert.deepEqual(await held, { value: 'held', replayed: false })
    }),
    check('1,000 events at once, each announced three times, run once each', async () => {
      const ledgers = [await open(), await open(), await open()]
      const ran = new Map<string, number>()
      const keys = Array.from({ length: 1000 }, () => newKey())
      await Promise.all(keys.flatMap((key) => ledgers.map((ledger) => ledger.once(key, async () => {
        ran.set(key, (ran.get(key) ?? 0) + 1)
        await new Promise(setImmediate)
      }))))
      assert.deepEqual(keys.filter((key) => ran.get(key) !== 1), [])
    }),
    check('finding does not wait for a run in progress, and does not disturb it', async () => {
      const key = newKey()
      const { held, end } = await hold(await open(), key)
      const other = await open()
      assert.equal(await other.find?.(key), undefined)
      end()
      assert.deepEqual(await held, { value: 'held', replayed: false })
      assert.deepEqual(await other.find?.(key), { value: 'held' })
    }, 'hasFind'),
    check('a caller that waits too long gets an error, the work goes on, and its result is there later', async () => {
      const key = newKey()
      const holder = await hold(await open(), key)
      const impatient = await openImpatient(IMPATIENT_MS)
      await assert.rejects(impatient.once(key, async () => 'stolen'), { code: 'IAMPORT_BUSY' })
      holder.end()
      assert.deepEqual(await holder.held, { value: 'held', replayed: false })
      assert.deepEqual(await impatient.once(key, async () => 'again'), { value: 'held', replayed: true })
    }, 'openImpatient'),
    check('waiting in one process is limited too', async () => {
      const key = newKey()
      const impatient = await openImpatient(IMPATIENT_MS)
      const { held, end } = await hold(impatient, key)
      await assert.rejects(impatient.once(key, async () => 'stolen'), { code: 'IAMPORT_BUSY' })
      end()
      assert.deepEqual(await held, { value: 'held', replayed: false })
    }, 'openImpatient'),
    check('a clock that goes back or ahead frees no event, and holds none', async () => {
      const { now } = Date
      for (const jump of [-JUMP_MS, JUMP_MS]) {
        const key = newKey()
        const { held, end } = await hold(await open(), key)
        Date.now = () => now() + jump
        try {
          const impatient = await openImpatient(IMPATIENT_MS)
          await assert.rejects(impatient.once(key, async () => 'stolen'), { code: 'IAMPORT_BUSY' })
          end()
          assert.deepEqual(await held, { value: 'held', replayed: false })
          assert.deepEqual(await (await open()).once(key, async () => 'again'), { value: 'held', replayed: true })
          assert.deepEqual(await (await open()).once(newKey(), async () => 'new'), { value: 'new', replayed: false })
        } finally {
          Date.now = now
        }
      }
    }, 'openImpatient'),
    check('a process that is killed in its work has recorded nothing, and holds the event no longer', async () => {
      const key = newKey()
      const holder = await startHolder?.(key)
      const waiting = (await open()).once(key, async () => 'after the crash')
      await holder?.kill()
      const value = 'after the crash'
      assert.deepEqual(await waiting, { value, replayed: false })
      assert.deepEqual(await (await open()).once(key, async () => 'again'), { value, replayed: true })
    }, 'startHolder'),
    check('a run that has lost the event to another cannot record over it', async () => {
      const key = newKey()
      const { held, end } = await hold(await open(), key)
      const ofHolder = held.then(({ value }) => value, () => 'refused')
      await depose?.(key)
      assert.deepEqual(await (await open()).once(key, async () => 'second'), { value: 'second', replayed: false })
      end()
      assert.notEqual(await ofHolder, 'held')
      assert.deepEqual(await (await open()).once(key, async () => 'again'), { value: 'second', replayed: true })
    }, 'depose'),
  ]
}
