import Fastify from 'fastify'
import { test, type Test } from 'tap'
import iamport, { memoryLedger, type IamportOptions, type Ledger } from '../../lib/index.js'

/** What registration writes into the log. */
async function linesOf (t: Test, options: Partial<IamportOptions>) {
  const lines: { level: number, msg: string }[] = []
  const stream = { write: (line: string) => { lines.push(JSON.parse(line)) } }
  const app = Fastify({ logger: { level: 'trace', stream } })
  t.teardown(() => app.close())
  const required = { impKey: 'key', impSecret: 'secret', getExpectedAmount: () => 14000, onPaid: () => {} }
  await app.register(iamport, { ...required, ...options })
  return lines
}

const WARN = 40

for (const [what, options] of Object.entries({ 'no ledger': {}, 'an undefined one': { ledger: undefined } })) {
  test(`with ${what} registration warns, in one line, that a restart forgets, and names what does not`, async (t) => {
    const lines = await linesOf(t, options)
    t.match(lines, [{ level: WARN, msg: /restart/ }])
    t.equal(lines.length, 1)
    for (const name of ['sqliteLedger', 'postgresLedger', 'mysqlLedger', 'sqlLedger', 'memoryLedger()']) {
      t.ok(lines[0]?.msg.includes(name), name)
    }
    t.notMatch(lines[0]?.msg, /reconcile/)
  })
}

test('with a timer the same line says that the next deployment runs onPaid again for the whole period', async (t) => {
  const lines = await linesOf(t, { reconcile: { everyMs: 600_000, lookbackMs: 86_400_000 } })
  t.match(lines, [{ level: WARN, msg: /reconcile.*next deployment.*onPaid.*86400000 ms/ }])
  t.equal(lines.length, 1)
})

test('whoever names a ledger, memoryLedger() too, is not warned', async (t) => {
  const own: Ledger = { once: async (_key, work) => ({ value: await work(undefined), replayed: false }) }
  for (const ledger of [memoryLedger(), own]) {
    t.strictSame(await linesOf(t, { ledger }), [])
    t.strictSame(await linesOf(t, { ledger, reconcile: { everyMs: 600_000, lookbackMs: 86_400_000 } }), [])
  }
})
