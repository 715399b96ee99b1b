// Everything that a ledger has to hold, for each client of one kind of database: `node test/suite.js postgres|mysql|sqlite URL [CLIENT]`.
import { ledgerContract } from 'fastify-iamport/ledger-contract'
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { after, before, describe, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { openMysql, openPostgres, openSqlite } from './databases.js'

const CLIENTS = ['typeorm', 'prisma', 'knex', 'drizzle', 'kysely', 'sequelize', 'mikro-orm']
const [, , kind = '', url = '', ...names] = process.argv
const database = await { postgres: openPostgres, mysql: openMysql, sqlite: openSqlite }[kind](url)
after(() => database.end())

/** Starts the process in `holder.js`, and resolves when its hook runs. */
async function startHolder (name, key, order = '') {
  const child = spawn(process.execPath, [new URL('holder.js', import.meta.url).pathname, name, kind, url, key, order], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  return {
    async kill () {
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}

async function newOrder (prefix = 'order') {
  const id = `${prefix}_${randomUUID()}`
  await database.read(`insert into orders (id, amount) values ('${id}', 14000)`)
  return id
}

const deliveriesOf = async (id) => (await database.read(`select deliveries from orders where id = '${id}'`))[0].deliveries

for (const name of names.length > 0 ? names : CLIENTS) {
  if (kind === 'sqlite' && !['knex', 'kysely'].includes(name)) continue // what no other supports is not loaded
  const { [kind]: open } = await import(`./clients/${name}.js`)
  if (open === undefined) continue

  describe(`${name} on ${kind}`, () => {
    const opened = []
    async function start (poolSize, settings) {
      const client = await open(url, poolSize, settings)
      opened.push(client)
      return client
    }
    before(async () => (await start(2)).ledger.migrate())
    // Some wait for a connection that the database has ended.
    after(() => Promise.race([Promise.all(opened.map((client) => client.end())), setTimeout(2000)]))

    async function openLedger (waitMs = 60_000) {
      const { ledger } = await start(5, { waitMs })
      await connect(ledger)
      return ledger
    }
    const parts = { open: () => openLedger(), openImpatient: openLedger, startHolder: (key) => startHolder(name, key), hasFind: true }
    for (const { name, skip, run } of ledgerContract(parts)) {
      // Ten seconds for each client, of what the ledger's own tests do with every dialect. 50 payments follow.
      if (name.startsWith('1,000 events')) continue
      const oneWriter = kind === 'sqlite' && /holds up no other event$/.test(name) && 'SQLite has one writer at a time'
      test(name, { skip: skip || oneWriter }, run)
    }

    for (const poolSize of kind === 'sqlite' ? [1] : [1, 2, 5]) {
      test(`50 payments, two notifications of each at once, on a pool of ${poolSize}`, async () => {
        const { ledger, pay, readPast } = await start(poolSize, { waitMs: 60_000 })
        const orders = await Promise.all(Array.from({ length: 50 }, () => newOrder()))
        const replies = await Promise.all([...orders, ...orders].map((id) => ledger.once(`${id}:paid`, async (tx) => {
          await pay(tx, id)
          if (poolSize > 1) await readPast(id)
          return id
        })))
        assert.deepEqual(replies.map(({ value }) => value), [...orders, ...orders])
        assert.equal(replies.filter(({ replayed }) => !replayed).length, 50)
        for (const id of orders) assert.equal(await deliveriesOf(id), 1)
      })
    }

    test('what a hook wrote is rolled back when it throws, and its error comes out as it is', async () => {
      const { ledger, pay } = await start(1)
      const id = await newOrder()
      const error = new Error('no stock')
      await assert.rejects(ledger.once(`${id}:paid`, async (tx) => {
        await pay(tx, id)
        throw error
      }), (thrown) => thrown === error)
      assert.equal(await deliveriesOf(id), 0)
      await delivers(ledger, pay, id)
    })

    test('a process that is killed after its write and before the commit has written nothing', async () => {
      const { ledger, pay } = await start(2, { waitMs: 60_000 })
      const id = await newOrder()
      const holder = await startHolder(name, `${id}:paid`, id)
      await holder.kill()
      await delivers(ledger, pay, id)
    })

    for (const poolSize of database.cut ? [1, 5] : []) {
      test(`connections that the database ends in a hook fail it; it runs again, on a pool of ${poolSize}`, async () => {
        const { ledger, pay } = await start(poolSize)
        const id = await newOrder()
        await assert.rejects(ledger.once(`${id}:paid`, async (tx) => {
          await pay(tx, id)
          await database.cut()
          await pay(tx, id)
        }))
        assert.equal(await deliveriesOf(id), 0)
        await delivers(ledger, pay, id)
      })

      test(`connections that the database ends after a hook's last statement record nothing, on a pool of ${poolSize}`, async () => {
        const { ledger, pay } = await start(poolSize)
        const id = await newOrder()
        await assert.rejects(ledger.once(`${id}:paid`, async (tx) => {
          await pay(tx, id)
          await database.cut()
        }), { code: 'IAMPORT_UNAVAILABLE' })
        assert.equal(await ledger.find(`${id}:paid`), undefined)
        await delivers(ledger, pay, id)
      })
    }

    test('a commit that the database refuses records nothing', { skip: !database.refuseCommit && 'every check is made at once here' }, async () => {
      const { ledger, pay } = await start(2)
      const id = await newOrder('refused')
      await database.refuseCommit('refused')
      await assert.rejects(ledger.once(`${id}:paid`, async (tx) => { await pay(tx, id) }), { code: 'IAMPORT_UNAVAILABLE' })
      assert.equal(await ledger.find(`${id}:paid`), undefined)
      assert.equal(await deliveriesOf(id), 0)
      await database.refuseCommit('nothing')
      await delivers(ledger, pay, id)
    })

    test('a hook that swallows the error of a statement', async () => {
      const { ledger, pay, run } = await start(2)
      const id = await newOrder()
      const replied = ledger.once(`${id}:paid`, async (tx) => {
        await pay(tx, id)
        await assert.rejects(async () => { await run(tx, 'select nonsense') })
      })
      // PostgreSQL has given the transaction up; MySQL and MariaDB go on.
      if (kind === 'postgres') await assert.rejects(replied, { code: 'IAMPORT_HOOK_FAILED' })
      else await replied
      assert.equal(await deliveriesOf(id), kind === 'postgres' ? 0 : 1)
    })

    test('a hook that commits its transaction itself, and fails then, runs again', async () => {
      const { ledger, pay, run } = await start(2)
      const id = await newOrder()
      await assert.rejects(ledger.once(`${id}:paid`, async (tx) => {
        await run(tx, 'commit')
        throw new Error('too late')
      }), { message: 'too late' })
      await delivers(ledger, pay, id)
    })

    test('without its table, the error says what to do', async () => {
      const { ledger } = await start(2, { table: 'no_such_table' })
      const missing = { code: 'IAMPORT_UNAVAILABLE', message: /run ledger\.migrate\(\)/ }
      await assert.rejects(ledger.once('imp_1:paid', async () => assert.fail('it ran')), missing)
      await assert.rejects(ledger.find('imp_1:paid'), missing)
    })

    test('on a pool of 1, a hook that queries past tx fails when its time is up, and can run again', async () => {
      const { ledger, pay, readPast } = await start(1, { workMs: 1000 })
      const id = await newOrder()
      await assert.rejects(ledger.once(`${id}:paid`, async (tx) => {
        await pay(tx, id)
        await readPast(id)
      }), { code: 'IAMPORT_HOOK_FAILED' })
      assert.equal(await deliveriesOf(id), 0)
    })
  })
}

/** So that an impatient ledger waits for the event alone, and not for its first connection. */
async function connect (ledger) {
  await ledger.find('none').catch(() => connect(ledger))
}

async function delivers (ledger, pay, id) {
  assert.deepEqual(await ledger.once(`${id}:paid`, async (tx) => { await pay(tx, id) }), { value: undefined, replayed: false })
  assert.equal(await deliveriesOf(id), 1)
  assert.equal((await ledger.once(`${id}:paid`, async () => assert.fail('it ran again'))).replayed, true)
}
