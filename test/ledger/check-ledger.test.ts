import Fastify from 'fastify'
import Libsql from 'libsql'
import { test, type Test } from 'tap'
import iamport, { sqliteLedger, type Ledger } from '../../lib/index.js'

/** What the log holds at the level of errors when the app is ready. */
async function errorsAtStart (t: Test, ledger: Ledger) {
  const lines: { level: number, msg: string, err?: { code?: string } }[] = []
  const stream = { write: (line: string) => { lines.push(JSON.parse(line)) } }
  const app = Fastify({ logger: { level: 'error', stream } })
  t.teardown(() => app.close())
  await app.register(iamport, {
    impKey: 'key', impSecret: 'secret', getExpectedAmount: () => 14000, onPaid: () => {}, ledger,
  })
  await app.ready()
  return lines
}

function openSqlite (t: Test) {
  const db = new Libsql(':memory:')
  t.teardown(() => { db.close() })
  return sqliteLedger(db)
}

test('a ledger without its table is an error in the log when the app is ready, and says what to do', async (t) => {
  const lines = await errorsAtStart(t, openSqlite(t))
  t.equal(lines.length, 1)
  t.match(lines[0], { msg: /run ledger\.migrate\(\)/, err: { code: 'IAMPORT_UNAVAILABLE' } })
})

test('a ledger with its table, and one that cannot be read, log nothing', async (t) => {
  const ledger = openSqlite(t)
  await ledger.migrate()
  t.strictSame(await errorsAtStart(t, ledger), [])
  t.strictSame(await errorsAtStart(t, { once: async () => { throw new Error('not called') } }), [])
})

test('a ledger that does not answer does not keep the app from starting', async (t) => {
  const lines = await errorsAtStart(t, {
    once: async () => { throw new Error('not called') },
    find: () => new Promise(() => {}),
  })
  t.match(lines, [{ err: { code: 'IAMPORT_BUSY' } }])
})
