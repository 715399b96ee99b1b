// A month of trouble in a minute, in a shop that is moving from V1 to V2: half of its orders are paid by each, some by
// both. Notifications are lost, doubled, late and in any order, refunds are pending and end either way, the app is
// restarted twice, and then each API is reconciled once. Fails unless every event of every payment has run once, and no
// order is delivered whose money went back.
//   node bench/soak.js [--payments 20000] [--seed 1]
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import Database from 'libsql'
import { createSandbox } from 'fastify-iamport/sandbox'
import { createBuyerV1, createBuyerV2 } from './soak/buyers.js'
import { createCheck } from './soak/check.js'
import { createClerk } from './soak/clerk.js'
import { createEvents } from './soak/events.js'
import { endCancelFaults, failBeforeLateApproval, injectFaults } from './soak/faults.js'
import { createOrders } from './soak/orders.js'
import { createPage } from './soak/page.js'
import { planOf } from './soak/plan.js'
import { randomOf } from './soak/random.js'
import { createShop } from './soak/shop.js'

const { values } = parseArgs({
  options: {
    payments: { type: 'string', default: '20000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
})
const total = Number(values.payments)
const seed = Number(values.seed)
const CONCURRENCY = 64

const folder = mkdtempSync(join(tmpdir(), 'soak-'))
const db = new Database(join(folder, 'soak.sqlite'))
db.exec('pragma journal_mode = wal; pragma synchronous = normal')
const sandbox = createSandbox({ random: randomOf(seed, 'sandbox'), maxPayments: total * 4 })
await sandbox.listen({ port: 0 })
const [orders, events] = [createOrders(db), createEvents()]
const shop = createShop({ db, sandbox, orders, events })
// Below the ports of outgoing connections: while the app restarts, one of those could take its place.
let port = 20_000 + Math.floor(Math.random() * 10_000)
let app = await shop.open(port).catch(() => shop.open(++port))
const origin = `http://127.0.0.1:${port}`
const page = createPage(origin, CONCURRENCY)
const clerk = createClerk(sandbox, seed)
const parts = { sandbox, orders, page, clerk, origin }
const buyers = { v1: createBuyerV1(parts), v2: createBuyerV2(parts) }
const check = createCheck({ sandbox, orders, events })
const begun = new Date(Date.now() - 1000)
injectFaults(sandbox)

let next = 0
let restarting = Promise.resolve()
async function restart () {
  await app.close()
  app = await shop.open(port)
  failBeforeLateApproval(sandbox)
}
const restartAt = [Math.floor(total / 3), Math.floor(total * 2 / 3)]
async function drive () {
  for (let index; (index = next++) < total;) {
    await restarting // whoever was there before it is cut off; nearly all others would find nobody, and show nothing
    const plan = planOf(seed, index)
    const { kind, order, units, currency } = plan
    if (kind !== 'foreign') orders.add(order, currency === 'USD' ? units / 100 : units, currency)
    await Promise.all(plan.isTwice ? [buyers.v1(plan), buyers.v2(plan)] : [buyers[plan.api](plan)])
    if (restartAt.includes(index)) await (restarting = restarting.then(restart))
  }
}
const reconcile = () => Promise.all([app.iamport.reconcile({ from: begun }), app.portone.reconcile({ from: begun })])

const started = performance.now()
await Promise.all(Array.from({ length: CONCURRENCY }, drive))
await clerk.settle()
const lost = check.events().missing.length
const drivenSec = (performance.now() - started) / 1000

endCancelFaults(sandbox)
const reports = await reconcile()
const reconciledSec = (performance.now() - started) / 1000 - drivenSec
await clerk.settle()
const reconciled = check.events()
const due = orders.refundsDue()
const refused = await clerk.refund(app, due)
await clerk.settle()
const again = await reconcile()
await clerk.settle()
const findings = [reconciled, check.all(), check.replies(page.replies)]
const missing = findings.flatMap((one) => one.missing)
const wrong = [...refused, ...findings.flatMap((one) => one.wrong)]

console.log(`seed ${seed}: ${total} orders in ${drivenSec.toFixed(0)} s, ` +
  `${page.unanswered()} pages without an answer, ${lost} events missing; ` +
  `reconciled in ${reconciledSec.toFixed(0)} s; ${due.length} orders paid twice, and refunded once`)
console.table(events.count())
for (const [index, api] of ['V1', 'V2'].entries()) {
  const [one, other] = [reports[index], again[index]]
  console.log(`reconcile ${api}:`, { ...one, errors: one?.errors.length })
  console.log('and again:', { ...other, errors: other?.errors.length })
}
const errors = reports.flatMap((report) => report.errors)
const completedAgain = again.reduce((sum, { completed }) => sum + completed, 0)
for (const line of new Set([...wrong, ...missing].slice(0, 20))) console.error(line)
for (const { imp_uid: id, error } of errors.slice(0, 5)) console.error(`${id}:`, error)
const failed = missing.length + wrong.length + errors.length + completedAgain
console.log(failed === 0
  ? 'every event once, none missing, no order delivered whose money went back'
  : `FAILED: ${missing.length} missing, ${wrong.length} wrong, ${errors.length} errors, ` +
    `${completedAgain} left for a second reconciliation`)

await app.close()
await page.close()
await sandbox.close()
db.close()
rmSync(folder, { recursive: true })
process.exitCode = failed === 0 ? 0 : 1
