import Database from 'libsql'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type Test } from 'tap'
import { sqliteLedger, type Payment } from '../../lib/index.js'
import { openShop, type Shop, type Surroundings } from '../support/shop.js'
import { deferred, isLookup, outage, payment, secondsAgo } from '../support/upstream.js'

const LEASE_MS = 300

/** Two processes of a shop. The first one delivered the payment, and was killed before the ledger had recorded it. */
async function openAfterKill (t: Test, amount: () => number, surroundings: Surroundings = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'fastify-iamport-abandoned-'))
  t.teardown(() => rmSync(directory, { recursive: true, force: true }))
  const file = join(directory, 'ledger.sqlite')
  const dying = new Database(file)
  const living = new Database(file)
  const ledger = sqliteLedger(living)
  await ledger.migrate()
  const delivered: string[] = []
  const entered = deferred()
  const one = await openShop(t, {
    ledger: sqliteLedger(dying, { leaseMs: LEASE_MS, workMs: 3000 }),
    onPaid: ({ imp_uid }: Payment) => {
      delivered.push(imp_uid)
      dying.close() // the process is gone: nothing is recorded, renewed or released
      entered.resolve()
      return new Promise(() => {})
    }
  }, undefined, { neverClosed: true })
  one.notify().catch(() => {})
  await entered.promise
  const two = await openShop(t, { ledger, getExpectedAmount: amount }, undefined, {
    upstream: one.upstream, ...surroundings,
  })
  return { two, upstream: one.upstream, delivered }
}

/** What may come first after the restart, none of which decides anything. */
const FIRST: Record<string, (shop: Shop, setAmount: (amount: number) => void) => Promise<unknown>> = {
  nothing: async () => {},
  'a reconciliation': async ({ app }) => app.iamport.reconcile({ from: new Date(Date.now() - 600_000) }),
  'a getExpectedAmount that throws once': async (shop, setAmount) => {
    setAmount(NaN)
    await shop.notify()
  },
  'a lookup that fails once': async ({ notify, upstream }) => {
    let lookups = 0
    upstream.script = (seen, response) => isLookup(seen) && ++lookups > 1 && outage(response)
    await notify()
    upstream.script = () => undefined
  },
  'an answer of the provider that goes back': async ({ notify, upstream }) => {
    upstream.payments.set('imp_1', payment({ status: 'failed' }))
    await notify()
    upstream.payments.set('imp_1', payment())
  },
  'a partial cancellation': async ({ notify, upstream }) => {
    let lookups = 0
    upstream.script = (seen) => {
      const partly = payment({ status: 'cancelled', cancel_amount: 100, paid_at: secondsAgo(60) })
      if (isLookup(seen) && ++lookups === 2) upstream.payments.set('imp_1', partly)
      return false
    }
    await notify()
  },
}

test('the log says that a hook runs whose earlier run left no record, and of which payment', async (t) => {
  const warnings: Record<string, unknown>[] = []
  const stream = {
    write (line: string) {
      const parsed = JSON.parse(line)
      if (parsed.level === 40) warnings.push(parsed)
    },
  }
  const { two } = await openAfterKill(t, () => 14000, { server: { logger: { stream } } })
  t.match((await two.notify()).json(), { status: 'paid', replayed: false })
  t.match(warnings, [{ imp_uid: 'imp_1', merchant_uid: 'order_1', event: 'paid', msg: /may run twice/ }])
  await two.notify()
  t.equal(warnings.length, 1)
})

for (const [what, first] of Object.entries(FIRST)) {
  test(`SQLite: delivered, killed, then ${what}, then another amount: not refunded`, async (t) => {
    let amount = 1
    const { two, upstream, delivered } = await openAfterKill(t, () => amount)
    await first(two, (other) => { amount = other })
    amount = 1
    const reply = await two.notify()
    t.match(reply.json(), { status: 'failed', refunded: false })
    t.strictSame(delivered, ['imp_1'])
    t.strictSame(upstream.cancellations(), [])
  })
}
