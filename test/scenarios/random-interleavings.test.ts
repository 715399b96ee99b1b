import Database from 'libsql'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { test, type Test } from 'tap'
import mysql from 'mysql2/promise'
import {
  memoryLedger, mysqlLedger, postgresLedger, sqliteLedger, type CancelContext, type Failure, type Ledger, type Payment,
} from '../../lib/index.js'
import { mysqlUrl, skipMysql } from '../support/mysql.js'
import { openShop } from '../support/shop.js'
import { openPostgres } from '../support/postgres.js'
import { account, hangUp, isCancellation, isLookup, ok, payment, refuse, secondsAgo } from '../support/upstream.js'

const chance = (share: number) => Math.random() < share
const MARK = 'fastify-iamport: '
const PAYMENTS = Number(process.env.RANDOM_PAYMENTS ?? 60)

/**
 * Payments that live at random on three servers: amounts that toggle, hooks that throw, answers that are stale or lost,
 * cancellations at any moment. What must never be is looked for at the end, when the provider and the shop are calm.
 * (`onFail` may run after `onPaid`, where another server found the order wrong a moment before: it is not looked for.)
 */
async function live (t: Test, ledgers: Ledger<unknown>[], { stale = 0.08, toggles = 0.3, throws = 0.15 } = {}) {
  let isCalm = false
  const ids = Array.from({ length: PAYMENTS }, (_, index) => `imp_${index}`)
  const start = ids.map((imp_uid, index) => index % 3 === 0
    ? account({ imp_uid, merchant_uid: imp_uid })
    : payment({ imp_uid, merchant_uid: imp_uid, ...(index % 3 === 1 && { status: 'ready', paid_at: 0 }) }))
  const events = new Map<string, string[]>(ids.map((id) => [id, []]))
  const note = (id: string, what: string) => { events.get(id)?.push(what) }
  const hook = (name: string, id: string, detail = '') => async () => {
    note(id, `${name}(${detail})…`)
    await sleep(Math.random() * 20)
    if (!isCalm && chance(throws)) {
      note(id, `${name} threw`)
      throw new Error('no')
    }
    note(id, `${name}(${detail})`)
  }
  const options = (ledger: Ledger<unknown>) => ({
    ledger,
    budgetMs: 6000,
    timeoutMs: 1000,
    getExpectedAmount: async ({ imp_uid }: { imp_uid: string }) => {
      await sleep(Math.random() * 10)
      if (isCalm) return 14000
      if (chance(0.03)) throw new Error('no price')
      if (chance(0.05)) return null
      return chance(toggles) ? Number(imp_uid.length) : 14000
    },
    onPaid: async (one: Payment) => hook('paid', one.imp_uid)(),
    onVbank: async (one: Payment) => hook('vbank', one.imp_uid)(),
    onFail: async ({ payment: one, reason, refunded }: Failure) => hook('fail', one.imp_uid, `${reason} ${refunded}`)(),
    onCancel: async (one: Payment, { cancellation: { cancellation_id: cancellation } }: CancelContext) =>
      hook('cancel', one.imp_uid, String(cancellation))(),
  })
  const [first = memoryLedger(), ...others] = ledgers
  const one = await openShop(t, options(first), start)
  const servers = [one]
  for (const ledger of others) servers.push(await openShop(t, options(ledger), undefined, { upstream: one.upstream }))
  const { upstream } = one
  const history = new Map<string, Payment[]>(start.map((each) => [each.imp_uid, [structuredClone(each)]]))
  const change = (id: string, changes: Partial<Payment>) => {
    const now = upstream.payments.get(id)
    if (!now) return
    const next = { ...structuredClone(now), ...changes }
    upstream.payments.set(id, next)
    history.get(id)?.push(structuredClone(next))
  }
  function doCancel (id: string, reason: string, checksum?: number, amount?: number): boolean {
    const now = upstream.payments.get(id)
    if (!now || (now.status !== 'paid' && now.status !== 'cancelled')) return false
    const left = now.amount - now.cancel_amount
    if (left === 0 || (checksum !== undefined && checksum !== left)) return false
    const entry = { amount: amount ?? left, reason, cancellation_id: `c${now.cancel_history?.length ?? 0}` }
    note(id, `provider cancels ${entry.amount} ${reason}`)
    const history = [...now.cancel_history ?? [], entry]
    const cancelled = now.cancel_amount + entry.amount
    change(id, { status: 'cancelled', cancel_amount: cancelled, cancel_reason: reason, cancel_history: history })
    return true
  }
  upstream.script = async (seen, response) => {
    const isRevocation = seen.method === 'DELETE'
    if (isLookup(seen)) {
      const id = seen.path.split('/')[2] ?? ''
      if (!isCalm && chance(0.04)) return hangUp(response)
      if (!isCalm && chance(stale)) return ok(response, history.get(id)?.at(-2) ?? history.get(id)?.at(-1))
      const answer = structuredClone(upstream.payments.get(id))
      if (!isCalm) await sleep(Math.random() * 30)
      return ok(response, answer)
    }
    if (isCancellation(seen)) {
      const { imp_uid: id, checksum, reason } = JSON.parse(seen.body)
      await sleep(Math.random() * 30)
      if (!isCalm && chance(0.1)) return hangUp(response)
      if (!isCalm && chance(0.05)) return refuse(response, 200, 'no', 1)
      const isDone = doCancel(id, reason, checksum)
      if (!isCalm && chance(0.1)) return hangUp(response)
      return isDone ? ok(response, upstream.payments.get(id)) : refuse(response, 200, 'no', 1)
    }
    if (isRevocation) {
      const id = seen.path.split('/')[2] ?? ''
      await sleep(Math.random() * 30)
      if (!isCalm && chance(0.1)) return hangUp(response)
      const now = upstream.payments.get(id)
      if (now?.status !== 'ready') return refuse(response, 200, 'no', 1)
      note(id, 'provider revokes')
      change(id, { status: 'cancelled' })
      if (!isCalm && chance(0.1)) return hangUp(response)
      return ok(response, upstream.payments.get(id))
    }
    return undefined
  }
  const tell = async (id: string, times: number) => {
    await Promise.all(Array.from({ length: times }, async () => {
      await sleep(Math.random() * 60)
      const shop = servers[Math.floor(Math.random() * servers.length)] ?? one
      return chance(0.5) ? shop.notify({ imp_uid: id }) : shop.redirect(`?imp_uid=${id}`)
    }))
  }
  async function liveOne (id: string, index: number) {
    await sleep(Math.random() * 400)
    await tell(id, 2)
    const now = upstream.payments.get(id)
    if (now?.status === 'ready') {
      if (index % 12 === 1) { change(id, { status: 'failed' }); await tell(id, 2) }
      const telling = tell(id, 2)
      await sleep(Math.random() * 60)
      if (upstream.payments.get(id)?.status !== 'cancelled') change(id, { status: 'paid', paid_at: secondsAgo(1) })
      await telling
      await tell(id, 3)
    }
    if (index % 4 === 0) {
      const telling = tell(id, 3)
      await sleep(Math.random() * 80)
      doCancel(id, 'partly', undefined, 4000)
      await telling
      await tell(id, 2)
    }
    if (index % 5 === 0) {
      const telling = tell(id, 3)
      await sleep(Math.random() * 80)
      doCancel(id, 'by hand')
      await telling
      await tell(id, 2)
    }
  }
  async function reconcileThrice () {
    for (let i = 0; i < 3; i++) {
      await sleep(300)
      await one.app.iamport.reconcile({ from: new Date(Date.now() - 600_000) }).catch(() => {})
    }
  }
  await Promise.all([
    ...ids.map(liveOne),
    reconcileThrice(),
  ])
  isCalm = true
  const broken: string[] = []
  for (const id of ids) {
    const reply = await one.notify({ imp_uid: id })
    const told = events.get(id) ?? []
    const paid = told.filter((what) => what === 'paid()')
    const refunded = told.some((what) => what.startsWith('provider cancels') && what.includes(MARK))
    const cancels = told.filter((what) => /^cancel\(\w+\)$/.test(what))
    const now = upstream.payments.get(id)
    const last = reply.json()
    const story = told.filter((each) => !each.endsWith('…')).join(' > ')
    const complain = (what: string) => broken.push(`${what}: ${id} ${reply.statusCode} ${reply.payload} | ${story}`)
    if (paid.length > 1) complain('delivered twice')
    if (paid.length > 0 && refunded) complain('delivered and refunded')
    if (told.includes('vbank()') && told.includes('provider revokes')) complain('issued and revoked')
    if (new Set(cancels).size !== cancels.length) complain('cancel twice')
    const full = told.findIndex((what) => what.startsWith('provider cancels') && what.includes('by hand'))
    const firstCancel = told.findIndex((what) => cancels.includes(what) && full >= 0 && told.indexOf(what) > full)
    if (firstCancel >= 0 && told.lastIndexOf('paid()') > firstCancel) complain('delivered after onCancel')
    const yes = told.findIndex((what) => /^fail\(\w+ true\)$/.test(what))
    const isTakenBack = yes >= 0 && told.slice(yes).some((what) => /^fail\(\w+_mismatch false\)$/.test(what))
    if (isTakenBack) complain('refund told as made, then as refused')
    if (reply.statusCode !== 200) complain('undecided')
    if (now?.status === 'paid' && paid.length === 0 && last.success) complain('success without hook')
  }
  for (const line of broken) t.fail(line)
  const count = (what: RegExp) => ids.filter((id) => events.get(id)?.some((each) => what.test(each))).length
  const counts = {
    paid: count(/^paid\(\)$/),
    refunded: count(/^provider cancels .*iamport/),
    'told of a cancellation': count(/^cancel\(\w+\)$/),
  }
  // Otherwise nothing has been tried.
  for (const [what, number] of Object.entries(counts)) t.ok(number > 0, `${number} of ${ids.length} ${what}`)
  t.comment(`revoked ${count(/revokes/)}, cancelled by hand ${count(/by hand|partly/)}`)
}

test('three servers, memory', async (t) => {
  const ledger = memoryLedger()
  await live(t, [ledger, ledger, ledger])
})

test('three servers, memory, waits of the ledger', async (t) => {
  const inner = memoryLedger()
  const ledger: Ledger = {
    async once (key, work) {
      await sleep(chance(0.05) ? 550 : Math.random() * 30)
      return inner.once(key, work)
    }
  }
  await live(t, [ledger, ledger, ledger])
})

test('three servers, SQLite', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'fastify-iamport-random-'))
  t.teardown(() => rmSync(directory, { recursive: true, force: true }))
  const open = () => {
    const db = new Database(join(directory, 'l.sqlite'))
    db.exec('pragma journal_mode = wal')
    db.exec('pragma synchronous = off')
    return sqliteLedger(db)
  }
  await open().migrate()
  await live(t, [open(), open(), open()])
})

test('three servers, PostgreSQL, pools of 1, 2 and 4', async (t) => {
  const db = await openPostgres()
  const ledgers = [1, 2, 4].map((max) => postgresLedger(db.pool({ max })))
  await ledgers[0]?.migrate()
  await live(t, ledgers)
  t.teardown(() => db.remove())
})

test('three servers, MariaDB, pools of 1, 2 and 4', { skip: skipMysql() }, async (t) => {
  const pools = [1, 2, 4].map((connectionLimit) => mysql.createPool({ uri: mysqlUrl, connectionLimit }))
  t.teardown(() => Promise.all(pools.map((pool) => pool.end())))
  const ledgers = pools.map((pool) => mysqlLedger(pool, { table: 'random_ledger' }))
  await ledgers[0]?.migrate()
  await live(t, ledgers)
})
