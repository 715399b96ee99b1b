import Database from 'libsql'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type Test } from 'tap'
import { postgresLedger, sqliteLedger, type Ledger } from '../../lib/index.js'
import { openPostgres } from '../support/postgres.js'
import { openShop } from '../support/shop.js'
import { deferred } from '../support/upstream.js'

const turn = () => new Promise((resolve) => setImmediate(resolve))

/** The amount comes so late that the ledger has given the run up, and another server has decided meanwhile. */
async function decideMeanwhile (t: Test, [first, second]: [Ledger<unknown>, Ledger<unknown>], amount: number) {
  const answer = deferred()
  const answered = deferred()
  const delivered: string[] = []
  const one = await openShop(t, {
    ledger: first,
    getExpectedAmount: async () => {
      await answer.promise
      setImmediate(answered.resolve)
      return 14000
    },
    onPaid: async () => { delivered.push('one') },
  })
  const two = await openShop(t, {
    ledger: second, getExpectedAmount: () => amount, onPaid: async () => { delivered.push('two') }
  }, undefined, { upstream: one.upstream })
  t.equal((await one.notify()).statusCode, 500)
  const reply = (await two.notify()).json()
  answer.resolve()
  await answered.promise
  for (let i = 0; i < 5; i++) await turn()
  return { reply, delivered, refunds: one.upstream.cancellations().length }
}

test('PostgreSQL: a run that was given up does not deliver what was refunded since', async (t) => {
  const db = await openPostgres()
  t.teardown(() => db.remove())
  const first = postgresLedger(db.pool(), { workMs: 200 })
  await first.migrate()
  const { reply, delivered, refunds } = await decideMeanwhile(t, [first, postgresLedger(db.pool())], 1)
  t.match(reply, { refunded: true })
  t.equal(refunds, 1)
  t.strictSame(delivered, [])
})

test('SQLite: a run that was given up does not deliver what was delivered since', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'fastify-iamport-late-'))
  t.teardown(() => rmSync(directory, { recursive: true, force: true }))
  const open = (settings = {}) => sqliteLedger(new Database(join(directory, 'l.sqlite')), settings)
  await open().migrate()
  const { reply, delivered } = await decideMeanwhile(t, [open({ workMs: 200, leaseMs: 100 }), open()], 14000)
  t.match(reply, { status: 'paid' })
  t.strictSame(delivered, ['two'])
})
