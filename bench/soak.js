// A month of trouble in a minute: payments whose news is lost, doubled, late and in any order, an app that is restarted twice, and
// then one reconciliation. Fails unless every paid payment's order is paid once, no other one is, and every cancellation is counted once.
//   node bench/soak.js [--payments 20000] [--seed 1]
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import Database from 'libsql'
import { createSandbox } from 'fastify-iamport/sandbox'
import { Pool } from 'undici'
import { createShop } from './soak-shop.js'
import { planOf, randomOf } from './soak-plan.js'

const { values } = parseArgs({ options: { payments: { type: 'string', default: '20000' }, seed: { type: 'string', default: String(Date.now() % 1_000_000) } } })
const total = Number(values.payments)
const seed = Number(values.seed)
const CONCURRENCY = 64
/** Milliseconds that a payment settles late. */
const LATE_MS = 200

const folder = mkdtempSync(join(tmpdir(), 'soak-'))
const db = new Database(join(folder, 'soak.sqlite'))
db.exec('pragma journal_mode = wal; pragma synchronous = normal')
const shop = createShop(db)
const sandbox = createSandbox({ random: randomOf(seed, 'sandbox'), maxPayments: total + 1 })
const iamportUrl = await sandbox.listen({ port: 0 })
// Below the ports of outgoing connections: while the app restarts, one of those could take its place.
let port = 20_000 + Math.floor(Math.random() * 10_000)
let app = await shop.open(iamportUrl, port).catch(() => shop.open(iamportUrl, ++port))
const notice = `http://127.0.0.1:${port}/payments/webhook`
const page = new Pool(`http://127.0.0.1:${port}`, { connections: CONCURRENCY })
const begun = new Date(Date.now() - 1000)

sandbox.fault({ name: 'lost_webhook', chance: 0.2 })
sandbox.fault({ name: 'duplicate_webhook', chance: 0.2 })
sandbox.fault({ name: 'error', status: 500, on: 'lookup', chance: 0.05 })
sandbox.fault({ name: 'late_settlement', ms: LATE_MS, chance: 0.05 })

/** Ids of what the buyer agreed to, which the provider may settle late. @type {string[]} */
const approved = []

/** The page comes back, unless the browser was closed; nobody is there while the app restarts. @param {string} impUid */
async function callBack (impUid) {
  const { body } = await page.request({ method: 'POST', path: '/payments/complete', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ imp_uid: impUid }) })
  await body.dump()
}

/** @param {number} index */
async function buy (index) {
  const plan = planOf(seed, index)
  const merchantUid = `order_${index}`
  if (plan.kind !== 'foreign') shop.order(merchantUid, plan.amount)
  const { imp_uid: impUid } = await sandbox.pay({
    merchant_uid: merchantUid,
    amount: plan.kind === 'tampered' ? 100 : plan.amount,
    pay_method: plan.kind === 'vbank' ? 'vbank' : 'card',
    sandbox: plan.kind === 'test',
    decline: plan.kind === 'declined' ? '한도초과' : undefined,
    leave: plan.kind === 'left',
    notice_url: notice,
  })
  if (plan.kind === 'card') approved.push(impUid)
  if (plan.isBrowserBack) await callBack(impUid).catch(() => sleep(50)) // the buyer waits too, while the app restarts
  if (plan.isDeposited) sandbox.deposit(impUid)
  for (const part of plan.cancellations) {
    if (sandbox.payments.get(impUid)?.status === 'ready') break // it settles late
    sandbox.cancel(impUid, { amount: Math.floor(plan.amount * part) })
  }
}

let next = 0
let restarting = Promise.resolve()
async function restart () {
  await app.close()
  app = await shop.open(iamportUrl, port)
}
const restartAt = [Math.floor(total / 3), Math.floor(total * 2 / 3)]
async function drive () {
  for (let index; (index = next++) < total;) {
    await buy(index)
    if (restartAt.includes(index)) await (restarting = restarting.then(restart))
  }
}
const started = performance.now()
await Promise.all(Array.from({ length: CONCURRENCY }, drive))
await sandbox.webhooksSent()
while (approved.some((impUid) => sandbox.payments.get(impUid)?.status === 'ready')) await sleep(LATE_MS)
await sandbox.webhooksSent()
const lost = shop.check(sandbox.payments.all()).missing.length
const drivenSec = (performance.now() - started) / 1000

const report = await app.iamport.reconcile({ from: begun })
const reconciledSec = (performance.now() - started) / 1000 - drivenSec
const again = await app.iamport.reconcile({ from: begun })
const { wrong, missing, hooks } = shop.check(sandbox.payments.all())

console.log(`seed ${seed}: ${total} payments in ${drivenSec.toFixed(0)} s, ${lost} orders not up to date; reconciled in ${reconciledSec.toFixed(0)} s`)
console.table(hooks)
const { errors, ...counts } = report
console.log('reconcile:', { ...counts, errors: errors.length }, 'and again:', { ...again, errors: again.errors.length })
const repeated = Object.values(hooks).reduce((sum, { repeated }) => sum + repeated, 0)
const failed = missing.length + wrong.length + repeated + errors.length + again.completed
for (const line of [...wrong, ...missing].slice(0, 20)) console.error(line)
console.log(failed === 0 ? 'every event once, none missing' : `FAILED: ${missing.length} missing, ${wrong.length} wrong, ${repeated} repeated, ${errors.length} errors`)

await app.close()
await page.close()
await sandbox.close()
db.close()
rmSync(folder, { recursive: true })
process.exitCode = failed === 0 ? 0 : 1
