import type pg from 'pg'
import { test } from 'tap'
import { postgresLedger } from '../../../lib/index.js'
import { hold } from '../../../lib/ledger/contract/case.js'
import { startChild } from '../../support/child.js'
import { untilWaiting } from '../../support/postgres.js'
import { mustNotRun, newKey, openShopDatabase } from '../postgres-shop.js'

const { postgres, admin, open, pay, timesPaid, recovers } = await openShopDatabase()

test('what a hook writes is rolled back when it throws, and committed with the record', async (t) => {
  const { ledger } = open()
  const key = newKey()
  await t.rejects(ledger.once(key, async (tx) => {
    await pay(key)(tx)
    throw new Error('no stock')
  }), { message: 'no stock' })
  await recovers(t, ledger, key)
})

test('the hook has the lock_timeout of the application, and the ledger restores its settings', async (t) => {
  const { pool, ledger } = open({ waitMs: 4000, workMs: 5000 }, { max: 1, options: '-c lock_timeout=1234' })
  const settings = `select current_setting('lock_timeout') as lock,
    current_setting('idle_in_transaction_session_timeout') as idle`
  const limits = async (client: pg.PoolClient | pg.Pool) => (await client.query(settings)).rows[0]
  const { value } = await ledger.once(newKey(), limits)
  t.strictSame(value, { lock: '1234ms', idle: '5s' })
  t.strictSame(await limits(pool), { lock: '1234ms', idle: '0' })
})

for (const isolation of ['repeatable read', 'serializable']) {
  test(`callers that wait get the result where transactions are ${isolation} by default`, async (t) => {
    const config = { options: `-c default_transaction_isolation=${isolation.replace(' ', '\\ ')}` }
    const ledgers = [open({}, config).ledger, open({}, config).ledger, open({}, config).ledger]
    const key = newKey()
    const all = await Promise.all(ledgers.map((ledger) => ledger.once(key, async (tx) => {
      t.equal((await tx.query('show transaction_isolation')).rows[0].transaction_isolation, isolation)
      await pay(key)(tx)
      await untilWaiting(admin, 2)
      return 'paid'
    })))
    t.strictSame(all.map(({ replayed }) => replayed).sort(), [false, true, true])
    t.equal(await timesPaid(key), 1)
  })
}

test('a pool of one connection is enough for sixty calls at once', async (t) => {
  const { pool, ledger } = open({}, { max: 1 })
  const many = Array.from({ length: 20 }, newKey)
  await Promise.all([...many, ...many, ...many].map((key) => ledger.once(key, pay(key))))
  for (const key of many) t.equal(await timesPaid(key), 1)
  t.equal(pool.idleCount, 1)
})

test('callers of one event in one process need one connection', async (t) => {
  const { pool, ledger } = open()
  const key = newKey()
  await Promise.all(Array.from({ length: 50 }, () => ledger.once(key, pay(key))))
  t.equal(pool.totalCount, 1)
})

test('a hook that never returns loses its connection, and the event can run again', async (t) => {
  const { pool, ledger } = open({ workMs: 1000 })
  const key = newKey()
  let lost: pg.PoolClient | undefined
  await t.rejects(ledger.once(key, async (tx) => {
    lost = tx
    await pay(key)(tx)
    return new Promise<never>(() => {})
  }), { code: 'IAMPORT_HOOK_FAILED', cause: { message: 'the hook did not end within 1000 ms' } })
  t.equal(pool.totalCount, 0)
  await t.rejects(async () => lost?.query('select 1'), 'what it still writes goes nowhere')
  await recovers(t, ledger, key)
})

test('an event whose process freezes in its hook runs in another process', async (t) => {
  const key = newKey()
  const child = startChild(new URL('../holder.ts', import.meta.url), [postgres.url, key, '{"workMs":1000}'])
  t.teardown(() => child.kill())
  await child.message()
  child.process.kill('SIGSTOP')
  await recovers(t, open().ledger, key)
})

test('a hook that swallows the error of a statement is IAMPORT_HOOK_FAILED, and nothing is recorded', async (t) => {
  const { ledger } = open()
  const key = newKey()
  await t.rejects(ledger.once(key, async (tx) => {
    await pay(key)(tx)
    await tx.query('select nonsense').catch(() => {})
    return 'paid'
  }), { code: 'IAMPORT_HOOK_FAILED', cause: { code: '25P02' } })
  await recovers(t, ledger, key)
})

test('a hook that rolls its transaction back is IAMPORT_HOOK_FAILED, and nothing is recorded', async (t) => {
  const { ledger } = open()
  const key = newKey()
  await t.rejects(ledger.once(key, async (tx) => {
    await pay(key)(tx)
    await tx.query('rollback')
  }), { code: 'IAMPORT_HOOK_FAILED' })
  await recovers(t, ledger, key)
})

/** A pool that leaves every value as text. */
const TEXT = { types: { getTypeParser: () => (value: string | Buffer) => value } }

for (const [pool, options] of [['', {}], [', on a pool that leaves every value as text', TEXT]] as const) {
  test(`an event whose hook commits its transaction and then throws runs again${pool}`, async (t) => {
    const { ledger } = open({}, options)
    await ledger.check()
    const key = newKey()
    await t.rejects(ledger.once(key, async (tx) => {
      await tx.query('commit')
      throw new Error('too late')
    }), { message: 'too late' })
    await recovers(t, ledger, key)
    t.strictSame(await ledger.once(key, mustNotRun), { value: 'paid', replayed: true })
  })
}

test('dropped prepared statements, as behind a pooler, fail no event unless the hook drops them', async (t) => {
  const { pool, ledger } = open({}, { max: 1 })
  for (const statement of ['select 1', 'deallocate all', 'deallocate all']) {
    await pool.query(statement)
    const key = newKey()
    await recovers(t, ledger, key)
    t.strictSame(await ledger.once(key, pay(key)), { value: 'paid', replayed: true })
  }
  const other = open({}, { max: 1 })
  const key = newKey()
  await other.ledger.once(newKey(), pay(newKey()))
  await t.rejects(other.ledger.once(key, async (tx) => {
    await pay(key)(tx)
    await tx.query('deallocate all')
  }), { code: 'IAMPORT_UNAVAILABLE', cause: { code: '26000' } }, 'by the hook itself')
  await recovers(t, other.ledger, key)
})

test('a result comes back unchanged where the session takes backslashes for escapes', async (t) => {
  const { ledger } = open({}, { options: '-c standard_conforming_strings=off -c escape_string_warning=off' })
  const value = { text: "\\' || 'x \\\\ '' $1 \\n", list: ['\\'] }
  const key = newKey()
  await ledger.once(key, async () => value)
  t.strictSame(await ledger.once(key, async () => value), { value, replayed: true })
})

test('a caller whose wait a statement_timeout ends gets IAMPORT_BUSY', async (t) => {
  const key = newKey()
  const { held, end } = await hold(open().ledger, key)
  const { ledger } = open({}, { options: '-c statement_timeout=200' })
  await t.rejects(ledger.once(key, pay(key)), { code: 'IAMPORT_BUSY', cause: { code: '57014' } })
  end()
  await held
})

test('what a hook writes in a transaction of its own does not commit without the record', async (t) => {
  const { ledger } = open()
  const key = newKey()
  await t.rejects(ledger.once(key, async (tx) => {
    await tx.query('rollback')
    await tx.query('begin')
    return pay(key)(tx)
  }), { code: 'IAMPORT_HOOK_FAILED' })
  await recovers(t, ledger, key)
})

test('nor what it writes where it has hidden the table behind another search_path', async (t) => {
  await admin.query('create schema tenant')
  await postgresLedger(admin, { table: 'tenant.fastify_iamport_ledger' }).migrate()
  const { ledger } = open({}, { max: 1 })
  const key = newKey()
  await t.rejects(ledger.once(key, async (tx) => {
    await tx.query('set local search_path to tenant, public')
    return pay(key)(tx)
  }), { code: 'IAMPORT_HOOK_FAILED' })
  await recovers(t, ledger, key)
})

test('migrate waits for no hook in progress, and so holds up no other event', async () => {
  const { held, end } = await hold(open().ledger, newKey())
  await open({}, { options: '-c lock_timeout=500' }).ledger.migrate()
  end()
  await held
})

test('a hook that releases its client does not give its transaction to another event', async (t) => {
  const { pool, ledger } = open({}, { max: 3 })
  const keys = Array.from({ length: 20 }, newKey)
  const all = await Promise.allSettled(keys.map((key, index) => ledger.once(key, async (tx) => {
    await pay(key)(tx)
    tx.release()
    await tx.query('select pg_sleep(0.01)')
    if (index % 2 === 1) throw new Error('no stock')
  })))
  t.strictSame(all.map(({ status }) => status), keys.map((_, index) => index % 2 === 1 ? 'rejected' : 'fulfilled'))
  for (const [index, key] of keys.entries()) {
    t.equal(await timesPaid(key), index % 2 === 1 ? 0 : 1)
    t.equal(await ledger.find(key) === undefined, index % 2 === 1)
  }
  t.equal(pool.idleCount, pool.totalCount)
})

for (const end of ['rollback', 'commit']) {
  test(`a run that has ended its transaction (${end}) keeps the decision of another server`, async (t) => {
    const [{ ledger }, { ledger: other }] = [open(), open()]
    const key = newKey()
    await t.rejects(ledger.once(key, async (tx) => {
      await tx.query(end)
      await other.once(key, async () => 'to be refunded')
      return 'delivered'
    }), { code: 'IAMPORT_HOOK_FAILED' })
    t.strictSame(await other.find(key), { value: 'to be refunded' })
  })
}
