import tap, { test } from 'tap'
import { postgresLedger } from '../../../lib/index.js'
import { openPostgres } from '../../support/postgres.js'

const postgres = await openPostgres()
tap.teardown(() => postgres.remove())
const admin = postgres.pool()
await postgresLedger(admin).migrate()

/**
 * A ledger with two clients, used in turn, of a pooler with two sessions: each transaction, and each message outside of
 * one, goes to the session that stands next in `sessions`, or to the first.
 */
async function openBehindPooler () {
  const pool = postgres.pool()
  const both = [await pool.connect(), await pool.connect()] as const
  tap.teardown(() => { for (const session of both) session.release() })
  const sessions: (0 | 1)[] = []
  const clients = both.map((anyOf) => {
    let ofTransaction: typeof anyOf | undefined
    return {
      async query (sql: string) {
        const session = ofTransaction ?? both[sessions.shift() ?? 0]
        if (/^begin\b/.test(sql)) ofTransaction = session
        const result = await session.query(sql)
        if (/\b(commit|rollback)$/.test(sql)) ofTransaction = undefined
        return result
      },
      escapeLiteral: (text: string) => anyOf.escapeLiteral(text),
      release () {},
      on () {},
      removeListener () {},
    }
  })
  let turn = 0
  const connect = (callback: (error: undefined, client: (typeof clients)[number] | undefined) => void) =>
    callback(undefined, clients[turn++ % 2])
  return { ledger: postgresLedger({ connect }), sessions }
}
type Ledger = Awaited<ReturnType<typeof openBehindPooler>>['ledger']

const olderThan = new Date(0)
// What each sends outside of a transaction: its statement to prepare, and each begin.
const methods: [name: string, call: (ledger: Ledger) => Promise<unknown>, sessions: (0 | 1)[]][] = [
  ['find', (ledger) => ledger.find('imp_0:paid'), [0, 1]],
  ['prune', (ledger) => ledger.prune({ olderThan }), [0, 1]],
  ['check', (ledger) => ledger.check(), [0, 1]],
  ['migrate', (ledger) => ledger.migrate(), [0, 1, 0]],
]
for (const [name, call, between] of methods) {
  test(`${name} works where the pooler changes to a session in which nothing is prepared`, async (t) => {
    const { ledger, sessions } = await openBehindPooler()
    sessions.push(...between)
    await t.resolves(call(ledger))
    t.strictSame(sessions, [], 'it was changed')
  })

  test(`${name} works in a session for which another client has prepared`, async (t) => {
    const { ledger } = await openBehindPooler()
    for (const use of ['first', 'second', 'third']) await t.resolves(call(ledger), use)
  })
}

test('a hook has run only where its result can be recorded, whatever session its client prepared for', async (t) => {
  const { ledger, sessions } = await openBehindPooler()
  await ledger.migrate() // claims something as well
  sessions.push(0, 0)
  await t.rejects(ledger.once('first', async () => { throw new Error('no stock') }), { message: 'no stock' })
  sessions.push(1, 0) // the second client prepares in one session, and claims in the other
  t.strictSame(await ledger.once('second', async () => 'paid'), { value: 'paid', replayed: false })
  t.strictSame(await ledger.once('third', async () => 'paid'), { value: 'paid', replayed: false })
})
