import { mock } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { test, type Test } from 'tap'
import Fastify from 'fastify'
import { Agent } from 'undici'
import {
  memoryLedger, ReconcileError, UnavailableError, type Payment, type ReconcileReport,
} from '../../lib/index.js'
import type { Decided } from '../../lib/completion/notification.js'
import { lookedUp } from '../../lib/iamport/looked-up.js'
import { createReconcile, type ReconcileSettings } from '../../lib/completion/reconcile.js'
import { reconcileEvery } from '../../lib/completion/reconcile-timer.js'
import { openShop } from '../support/shop.js'
import {
  account, deferred, isCancellation, isLookup, ok, outage, payment, refuse, secondsAgo,
} from '../support/upstream.js'

const from = new Date('2026-11-01T00:00:00Z')
const to = new Date('2026-11-23T00:00:00Z')
const isList = ({ path }: { path: string }) => path.startsWith('/payments/status/')

test('payments whose notifications were lost are completed, and replayed the next time without a lookup', async (t) => {
  const shop = await openShop(t, {}, [
    payment({ imp_uid: 'imp_1' }),
    payment({
      imp_uid: 'imp_2',
      status: 'cancelled',
      cancel_amount: 14000,
      cancel_history: [{ amount: 14000, cancellation_id: 'c1' }],
    }),
    account({ imp_uid: 'imp_3' }),
    payment({ imp_uid: 'imp_4', amount: 1 }),
  ])
  t.strictSame(await shop.app.iamport.reconcile({ from, to }), {
    seen: 4, completed: 2, replayed: 0, failed: 2, errors: [],
  })
  t.strictSame(shop.ran().sort(), ['cancel', 'fail', 'paid', 'vbank'])
  t.match(shop.calls[0], { context: { source: 'reconcile' } })
  const lookups = shop.upstream.lookups()
  t.strictSame(await shop.app.iamport.reconcile({ from, to }), {
    seen: 4, completed: 0, replayed: 4, failed: 0, errors: [],
  })
  t.equal(shop.upstream.lookups(), lookups)
  t.equal(shop.calls.length, 4)
})

test('windows that buyers left, failed payments and billing keys are passed over', async (t) => {
  const shop = await openShop(t, {}, [
    payment({ imp_uid: 'imp_1', status: 'ready' }),
    payment({ imp_uid: 'imp_2', status: 'failed' }),
    payment({ imp_uid: 'imp_3', customer_uid_usage: 'issue', amount: 0 }),
  ])
  t.match(await shop.app.iamport.reconcile({ from, to }), { seen: 0 })
  t.strictSame(shop.ran(), [])
})

test('10,000 completed payments cost 12 requests for lists and no lookup', async (t) => {
  const many = Array.from({ length: 10_000 }, (_, index) => payment({ imp_uid: `imp_${index}` }))
  const shop = await openShop(t, {
    ledger: { once: async () => ({ value: JSON.parse('null'), replayed: true }) },
  }, many)
  t.match(await shop.app.iamport.reconcile({ from, to }), { seen: 10_000, replayed: 10_000 })
  t.equal(shop.upstream.seen.filter(isList).length, 12)
  t.equal(shop.upstream.lookups(), 0)
})

test('a payment that cannot be decided is reported, and the others go on', async (t) => {
  const shop = await openShop(t, {
    onPaid: ({ imp_uid: id }) => { if (id === 'imp_2') throw new Error('the shop is broken') },
  }, ['imp_1', 'imp_2', 'imp_3'].map((imp_uid) => payment({ imp_uid })))
  const { errors, ...counts } = await shop.app.iamport.reconcile({ from, to })
  t.strictSame(counts, { seen: 2, completed: 2, replayed: 0, failed: 0 })
  t.match(errors, [{ imp_uid: 'imp_2', error: { code: 'IAMPORT_HOOK_FAILED' } }])
})

test('a lookup that fails is reported by its code; lists that fail reject with theirs', async (t) => {
  const shop = await openShop(t, { budgetMs: 1500 })
  shop.upstream.script = (seen, response) => isLookup(seen) && refuse(response, 500)
  t.match((await shop.app.iamport.reconcile({ from, to })).errors, [
    { imp_uid: 'imp_1', error: { code: 'IAMPORT_UNAVAILABLE' } },
  ])
  shop.upstream.script = (seen, response) => isList(seen) && refuse(response, 503)
  await t.rejects(shop.app.iamport.reconcile({ from, to }), { code: 'IAMPORT_UNAVAILABLE' })
})

for (const broken of ['ready', 'paid', 'cancelled']) {
  test(`the list of ${broken} payments, where it fails, hides nothing of the others`, async (t) => {
    const lines: { level: number, msg: string, status?: string }[] = []
    const stream = { write: (line: string) => { lines.push(JSON.parse(line)) } }
    const history = [{ amount: 4000, cancellation_id: 'c1' }]
    const lost = [
      account({ imp_uid: 'imp_1' }),
      payment({ imp_uid: 'imp_2' }),
      payment({ imp_uid: 'imp_3', status: 'cancelled', cancel_amount: 4000, cancel_history: history }),
    ]
    const completed = new Set<string>()
    const complete = ({ imp_uid: impUid }: Payment) => { completed.add(impUid) }
    const hooks = { onPaid: complete, onVbank: complete, ledger: memoryLedger() } // without one there is a warning
    const shop = await openShop(t, hooks, lost, { server: { logger: { stream } } })
    shop.upstream.script = (seen, response) => isList(seen) && seen.path.endsWith(broken) && outage(response)
    const error: unknown = await shop.app.iamport.reconcile({ from, to }).catch((error: unknown) => error)
    t.ok(error instanceof ReconcileError)
    t.match(error, { code: 'IAMPORT_UNAVAILABLE', statusCode: 503, headers: { 'retry-after': '60' } })
    t.match(error, { cause: { code: 'IAMPORT_UNAVAILABLE' }, report: { seen: 2, completed: 2, errors: [] } })
    t.strictSame([...completed], lost.filter(({ status }) => status !== broken).map(({ imp_uid: impUid }) => impUid))
    const warnings = lines.filter(({ level }) => level >= 40)
    t.match(warnings, [{ msg: 'a list of payments could not be read to its end', status: broken }])
  })
}

test('where several lists fail, the code is that of the first one, and nothing that was told is lost', async (t) => {
  const shop = await openShop(t, { onPaid: () => { throw new Error('the shop is broken') } })
  shop.upstream.script = (seen, response) => isList(seen) && !seen.path.endsWith('/paid') &&
    (seen.path.endsWith('/ready') ? refuse(response, 400) : outage(response))
  await t.rejects(shop.app.iamport.reconcile({ from, to }), {
    code: 'IAMPORT_BAD_GATEWAY',
    report: { seen: 0, errors: [{ imp_uid: 'imp_1', error: { code: 'IAMPORT_HOOK_FAILED' } }] },
  })
})

test('hundreds of abandoned checkouts with 64 KB of custom_data do not hide a payment that was lost', async (t) => {
  const abandoned = Array.from({ length: 300 }, (_, index) =>
    payment({ imp_uid: `imp_w${index}`, status: 'ready', paid_at: 0, custom_data: 'x'.repeat(64 * 1024) }))
  const shop = await openShop(t, {}, [...abandoned, payment()])
  t.match(await shop.app.iamport.reconcile({ from, to }), { seen: 1, completed: 1, errors: [] })
  t.strictSame(shop.ran(), ['paid'])
})

async function * listOf (payments: Payment[], status: string) {
  for (const one of payments) {
    if (one.status === status) yield { id: one.imp_uid, impUid: one.imp_uid, payment: lookedUp(one) }
  }
}

/** A reconciliation on its own, of lists that hold these payments. */
function reconcileOf (payments: Payment[], settings: Partial<ReconcileSettings>) {
  return createReconcile({
    provider: {
      lists: () => ['ready', 'paid', 'cancelled'].map((status) => ({ status, payments: listOf(payments, status) })),
    },
    complete: () => new Promise(() => {}),
    isHandled: async () => false,
    log: Fastify({ logger: false }).log,
    signal: new AbortController().signal,
    completionLimitMs: 2 ** 31 - 1,
    ...settings,
  })
}
const completed: Decided = {
  looked: undefined,
  completion: {
    success: true,
    status: 'paid',
    imp_uid: '',
    merchant_uid: '',
    amount: 1,
    currency: 'KRW',
    pay_method: null,
    message: '',
    replayed: false,
    cancel_amount: 0,
  },
}
const numbered = (count: number) => Array.from({ length: count }, (_, index) => payment({ imp_uid: `imp_${index}` }))

/** A clock that moves by hand. */
function mockClock (t: Test) {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  return async (ms: number) => {
    mock.timers.tick(ms)
    for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve))
  }
}

test('completions that never settle are errors of the report, and what stands behind them is completed', async (t) => {
  const stuck: string[] = []
  const told: (ReconcileReport & { total: number })[] = []
  const moveOn = mockClock(t)
  const reconcile = reconcileOf(numbered(12), {
    completionLimitMs: 60_000,
    async complete ({ id }) {
      if (Number(id.slice(4)) >= 9) return completed
      stuck.push(id)
      return new Promise(() => {})
    },
  })
  const ended = reconcile({ from, to, onProgress: (report) => { told.push(report) } })
  while (stuck.length < 8) await moveOn(0)
  await moveOn(59_000)
  t.strictSame(told, [])
  await moveOn(1000)
  t.equal(told.at(-1)?.errors.length, 8)
  while (told.length < 11) await moveOn(0)
  await moveOn(60_000)
  const { errors, ...counts } = await ended
  t.strictSame(counts, { seen: 3, completed: 3, replayed: 0, failed: 0 })
  t.strictSame(errors.map(({ imp_uid }) => imp_uid).sort(), stuck.sort())
  t.match(errors[0]?.error, { code: 'IAMPORT_BUSY', cause: { message: 'not completed within 60000 ms' } })
  t.strictSame(told.at(-1), { ...counts, errors, total: 12 })
})

test('a reconciliation waits for a hook for a minute beyond the budget, and no longer', async (t) => {
  const entered = deferred()
  const onPaid = () => {
    entered.resolve()
    return new Promise(() => {})
  }
  const shop = await openShop(t, { onPaid, budgetMs: 2000 }, undefined, { neverClosed: true })
  const moveOn = mockClock(t)
  const told: ReconcileReport[] = []
  const ended = shop.app.iamport.reconcile({ from, to, onProgress: (report) => { told.push(report) } })
  await entered.promise
  await moveOn(61_000)
  t.strictSame(told, [])
  mock.timers.tick(1000)
  t.match(await ended, { seen: 0, errors: [{ imp_uid: 'imp_1', error: { code: 'IAMPORT_BUSY' } }] })
})

test('a ledger that never answers is an error of the report as well', async (t) => {
  const reconcile = reconcileOf(numbered(2), { isHandled: () => new Promise(() => {}), completionLimitMs: 1 })
  const { errors } = await reconcile({ from, to })
  t.match(errors, [{ imp_uid: 'imp_0', error: { code: 'IAMPORT_BUSY' } }, { imp_uid: 'imp_1' }])
})

for (const busy of ['ledger', 'hook'] as const) {
  test(`an abort ends a reconciliation at once while every ${busy} hangs; the report has all that began`, async (t) => {
    const closing = new AbortController()
    const begun = deferred()
    let calls = 0
    const hang = () => {
      if (++calls === 8) begun.resolve()
      return new Promise<never>(() => {})
    }
    const settings = busy === 'hook' ? { complete: hang } : { isHandled: hang }
    const told: (ReconcileReport & { total: number })[] = []
    const reconcile = reconcileOf(numbered(20), { ...settings, signal: closing.signal })
    const onProgress = (report: ReconcileReport & { total: number }) => { told.push(report) }
    const ended = reconcile({ from, to, onProgress }).catch((error: unknown) => error)
    await begun.promise
    closing.abort()
    const error = await ended
    t.match(error, { code: 'IAMPORT_UNAVAILABLE', report: { seen: 0 } })
    const errors = error instanceof ReconcileError ? error.report.errors : []
    t.strictSame(errors.map(({ error }) => error instanceof UnavailableError), Array(8).fill(true))
    t.match(told.at(-1), { total: 8 })
  })
}

test('an abort ends a reconciliation that waits for a page, and asks for no other', async (t) => {
  const shop = await openShop(t)
  const gate = shop.upstream.hold('GET', /status\/paid/)
  const reconciling = shop.app.iamport.reconcile({ from, to })
  const ended = t.rejects(reconciling, { code: 'IAMPORT_UNAVAILABLE', report: { seen: 0 } })
  await gate.arrived
  const closed = shop.app.close()
  await ended // the page is still held back
  gate.open()
  await closed
  t.equal(shop.upstream.count('GET', /status\/cancelled/), 0)
})

test('what is told of the progress stays as it was', async (t) => {
  const shop = await openShop(t, { onPaid: () => { throw new Error('the shop is broken') } }, numbered(3))
  const told: ReconcileReport[] = []
  await shop.app.iamport.reconcile({ from, to, onProgress: (report) => { told.push(report) } })
  t.strictSame(told.map(({ errors }) => errors.length), [1, 2, 3])
})

test('progress is told after every payment, and what it throws stops nothing', async (t) => {
  const shop = await openShop(t, {}, ['imp_1', 'imp_2'].map((imp_uid) => payment({ imp_uid })))
  const told: (ReconcileReport & { total: number })[] = []
  await shop.app.iamport.reconcile({
    from,
    to,
    onProgress: (report) => {
      told.push(report)
      throw new Error('no terminal')
    },
  })
  t.strictSame(told.map(({ seen, total }) => ({ seen, total })), [{ seen: 1, total: 2 }, { seen: 2, total: 2 }])
})

test('an async onProgress that rejects is logged like one that throws, and the process goes on', async (t) => {
  const lines: { msg: string, err?: { message: string } }[] = []
  const stream = { write: (line: string) => { lines.push(JSON.parse(line)) } }
  const unhandled: unknown[] = []
  const note = (reason: unknown) => { unhandled.push(reason) }
  process.on('unhandledRejection', note)
  t.teardown(() => process.off('unhandledRejection', note))
  const shop = await openShop(t, {}, [payment()], { server: { logger: { stream } } })
  const onProgress = async () => { throw new Error('no terminal') }
  t.match(await shop.app.iamport.reconcile({ from, to, onProgress }), { seen: 1, completed: 1 })
  await new Promise((resolve) => setImmediate(resolve)) // unhandled rejections are told after the microtasks
  t.strictSame(unhandled, [])
  t.match(lines.filter(({ msg }) => msg === 'onProgress failed'), [{ err: { message: 'no terminal' } }])
})

test('a reconciliation does not wait for an async onProgress', async (t) => {
  const shop = await openShop(t)
  t.match(await shop.app.iamport.reconcile({ from, to, onProgress: () => new Promise(() => {}) }), { seen: 1 })
})

test('times that are no Dates, or the wrong way round, are refused clearly', async (t) => {
  const { app } = await openShop(t)
  for (const period of [
    { from: to, to: from }, { from: '2026-11-01' }, { from: 1790000000 }, { from: 1790000000000, to },
    { from, to: null }, { from: new Date(NaN) }, {},
  ]) {
    await t.rejects(Reflect.apply(app.iamport.reconcile, app.iamport, [period]), {
      code: 'FST_ERR_VALIDATION', message: /Date|after/,
    }, JSON.stringify(period))
  }
})

test('an app that closes ends a reconciliation, and says that something is left', async (t) => {
  const shop = await openShop(t, {}, ['imp_1', 'imp_2'].map((imp_uid) => payment({ imp_uid })))
  const gate = shop.upstream.hold('GET', /status\/cancelled/)
  const ended = t.rejects(shop.app.iamport.reconcile({ from, to }), { code: 'IAMPORT_UNAVAILABLE' })
  await gate.arrived
  const closed = shop.app.close()
  gate.open()
  await Promise.all([ended, closed])
})

test('by timer it runs again and again, never twice at once, until the app closes', async (t) => {
  const patient = { timeoutMs: 1e9, budgetMs: 1e9 } // the clock that moves is theirs, too
  const shop = await openShop(t, { ...patient, reconcile: { everyMs: 5000, lookbackMs: 3600_000 } })
  const runs = () => shop.upstream.count('GET', /status\/ready/)
  const ended = () => shop.upstream.count('GET', /status\/cancelled/)
  const moveOn = mockClock(t)
  await shop.app.ready()
  const first = shop.upstream.hold('GET', /status\/ready/)
  await moveOn(5000)
  await first.arrived
  for (let i = 0; i < 3; i++) await moveOn(5000)
  t.equal(runs(), 1, 'the first is still running')
  const [seen] = shop.upstream.seen.filter(isList)
  t.equal(Number(seen?.query.get('to')) - Number(seen?.query.get('from')), 3600)
  first.open()
  while (ended() < 1) await moveOn(0)
  while (runs() < 2) await moveOn(5000)
  while (ended() < 2) await moveOn(0)
  t.strictSame(shop.ran(), ['paid'])
  await shop.app.close()
  for (let i = 0; i < 3; i++) await moveOn(5000)
  t.equal(runs(), 2)
})

test('the timer leaves no gap between two runs, however long one takes', async (t) => {
  mock.timers.enable({ apis: ['setTimeout', 'Date'], now: Date.UTC(2026, 10, 1) })
  t.teardown(() => mock.timers.reset())
  const hourMs = 3600_000
  const lengthsMs = [90_000, 2 * hourMs, 0, 0]
  const periods: { fromMs: number, toMs: number }[] = []
  const stop = reconcileEvery(async ({ from, to = new Date() }) => {
    const lengthMs = lengthsMs[periods.length] ?? 0
    periods.push({ fromMs: from.getTime(), toMs: to.getTime() })
    mock.timers.setTime(Date.now() + lengthMs)
    return { seen: 0, completed: 0, replayed: 0, failed: 0, errors: [] }
  }, { everyMs: hourMs, lookbackMs: hourMs }, Fastify({ logger: false }).log)
  while (periods.length < lengthsMs.length) {
    mock.timers.tick(1000)
    await new Promise((resolve) => setImmediate(resolve))
  }
  stop()
  for (const [index, { fromMs, toMs }] of periods.entries()) {
    t.ok(toMs - fromMs >= hourMs, 'the whole lookback')
    t.ok(fromMs <= (periods[index - 1]?.toMs ?? Infinity), `run ${index} begins where the one before it began`)
  }
})

test('a timer makes up for runs that failed or left payments undecided, for a week', async (t) => {
  const hourMs = 3600_000
  mock.timers.enable({ apis: ['setTimeout', 'Date'] })
  t.teardown(() => mock.timers.reset())
  const froms: number[] = []
  const report = { seen: 0, completed: 0, replayed: 0, failed: 0, errors: [] }
  const away = { imp_uid: 'imp_1', error: new Error('away') }
  let outcome: () => Promise<ReconcileReport> = async () => report
  const stop = reconcileEvery(({ from }) => {
    froms.push(from.getTime())
    return outcome()
  }, { everyMs: hourMs, lookbackMs: hourMs }, Fastify({ logger: false }).log)
  async function run (ms: number, how: typeof outcome) {
    outcome = how
    mock.timers.tick(ms)
    await new Promise((resolve) => setImmediate(resolve))
    return froms.at(-1)
  }
  const undecided = async () => ({ ...report, errors: [away] })
  const first = await run(10_000, async () => { throw new UnavailableError('away') })
  t.equal(await run(hourMs, undecided), first)
  t.equal(await run(hourMs, async () => report), first)
  const done = Date.now() - 60_000
  t.equal(await run(hourMs, undecided), done, 'a minute before the one that left nothing')
  for (let hours = 2; hours < 24 * 7; hours++) await run(hourMs, undecided)
  t.equal(await run(hourMs, undecided), done)
  t.equal(await run(hourMs, undecided), done + 60_000, 'a week before the one that began an hour ago')
  stop()
})

for (const [undecided, level, msg, named] of [
  [0, 30, 'reconciled', 0], [1, 40, 'reconciled, except for some payments', 1],
  [20, 40, 'reconciled, except for some payments', 20], [21, 40, 'reconciled, except for some payments', 20],
] as const) {
  test(`a timer's run that leaves ${undecided} payments undecided names ${named} of them in one line`, async (t) => {
    const lines: { level: number, undecided?: unknown[] }[] = []
    const { log } = Fastify({ logger: { stream: { write: (line: string) => { lines.push(JSON.parse(line)) } } } })
    mock.timers.enable({ apis: ['setTimeout'] })
    t.teardown(() => mock.timers.reset())
    const errors = numbered(undecided).map(({ imp_uid }) => ({
      imp_uid, merchant_uid: `order of ${imp_uid}`, error: new UnavailableError('away'),
    }))
    const report = { seen: 7, completed: 7, replayed: 0, failed: 0, errors }
    const stop = reconcileEvery(async () => report, { everyMs: 1000, lookbackMs: 1000 }, log)
    mock.timers.tick(1000)
    await new Promise((resolve) => setImmediate(resolve))
    stop()
    t.match(lines, [{ level, msg, seen: 7, errors: undecided }])
    t.strictSame(lines[0]?.undecided ?? [], errors.slice(0, named).map(({ imp_uid, merchant_uid }) => (
      { imp_uid, merchant_uid, code: 'IAMPORT_UNAVAILABLE' })))
  })
}

test('a timer that is stopped during a run does not begin another, and logs no trouble', async (t) => {
  const lines: string[] = []
  const { log } = Fastify({ logger: { stream: { write: (line: string) => { lines.push(line) } } } })
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  let runs = 0
  const stop = reconcileEvery(async () => {
    runs++
    stop()
    throw new UnavailableError('the app is closing')
  }, { everyMs: 1000, lookbackMs: 1000 }, log)
  for (let i = 0; i < 3; i++) {
    mock.timers.tick(1000)
    await new Promise((resolve) => setImmediate(resolve))
  }
  t.equal(runs, 1)
  t.strictSame(lines, [])
})

test('a new cancellation of a payment that was completed is found, and told once', async (t) => {
  const shop = await openShop(t)
  const partly = (...amounts: number[]) => payment({
    status: 'cancelled',
    cancel_amount: amounts.reduce((sum, amount) => sum + amount),
    cancel_history: amounts.map((amount, index) => ({ amount, cancellation_id: `c${index}` })),
  })
  shop.upstream.payments.set('imp_1', partly(1000))
  t.match(await shop.app.iamport.reconcile({ from, to }), { completed: 1 })
  shop.upstream.payments.set('imp_1', partly(1000, 2000))
  t.match(await shop.app.iamport.reconcile({ from, to }), { seen: 1, completed: 1, replayed: 0 }, 'its onCancel ran')
  t.match(await shop.app.iamport.reconcile({ from, to }), { replayed: 1 })
  t.strictSame(shop.cancellations().map(({ amount }) => amount), [1000, 2000])
  t.strictSame(shop.ran(), ['paid', 'cancel', 'cancel'])
})

test('a refund of our own is replayed as that failure, also after a restart that forgot it', async (t) => {
  const shop = await openShop(t, {}, [payment({ amount: 1 })])
  await shop.notify()
  t.match(await shop.app.iamport.reconcile({ from, to }), { replayed: 1 })
  const restarted = await openShop(t, {}, [...shop.upstream.payments.values()])
  t.match(await restarted.app.iamport.reconcile({ from, to }), { failed: 1 })
  t.match(restarted.failures(), [{ reason: 'amount_mismatch', refunded: true }])
})

test('an entry of a list that is no payment hides none of the others, and is looked up by itself', async (t) => {
  const shop = await openShop(t, {}, [payment({ imp_uid: 'imp_1' }), payment({ imp_uid: 'imp_2' })])
  const { currency, ...odd } = payment({ imp_uid: 'imp_2' })
  const list = [null, { imp_uid: '../../users' }, { imp_uid: 'imp_9' }, odd, payment({ imp_uid: 'imp_1' })]
  shop.upstream.script = (seen, response) => isList(seen) && ok(response, seen.path.endsWith('/paid')
    ? {
        total: list.length, next: 0, list,
      }
    : { total: 0, next: 0 })
  const { errors, ...counts } = await shop.app.iamport.reconcile({ from, to })
  t.match(counts, { seen: 2, completed: 2 })
  t.match(errors, [
    { imp_uid: '', error: { code: 'FST_ERR_VALIDATION' } },
    { imp_uid: '../../users', error: { code: 'FST_ERR_VALIDATION' } },
    { imp_uid: 'imp_9', error: { code: 'IAMPORT_PAYMENT_NOT_FOUND' } },
  ])
})

test('no more than a hundred are looked up a second', async (t) => {
  const shop = await openShop(t, {}, Array.from({ length: 30 }, (_, index) => payment({ imp_uid: `imp_${index}` })))
  const begun = performance.now()
  await shop.app.iamport.reconcile({ from, to })
  t.ok(performance.now() - begun >= 290, 'thirty take at least 0.29 s')
})

test('a payment of a status that we do not know is an error of its own', async (t) => {
  const shop = await openShop(t)
  shop.upstream.script = (seen, response) => isList(seen) && seen.path.endsWith('/paid') && ok(response, {
    total: 1, previous: 0, next: 0, list: [payment({ status: 'settling' })],
  })
  shop.upstream.payments.set('imp_1', payment({ status: 'settling' }))
  t.match((await shop.app.iamport.reconcile({ from, to })).errors, [
    { imp_uid: 'imp_1', error: { code: 'IAMPORT_BAD_GATEWAY' } },
  ])
})

test('eight are worked on at a time', async (t) => {
  let running: (() => void)[] = []
  let most = 0
  const reconcile = reconcileOf(numbered(30), {
    async complete () {
      await new Promise<void>((resolve) => { most = Math.max(most, running.push(resolve)) })
      return completed
    }
  })
  const ended = reconcile({ from, to })
  for (const batch of [8, 8, 8, 6]) {
    while (running.length < batch) await new Promise((resolve) => setImmediate(resolve))
    const batchRunning = running
    running = []
    for (const end of batchRunning) end()
  }
  t.match(await ended, { completed: 30 })
  t.equal(most, 8)
})

test('an app that closes in the middle of a list works off nothing more of it', async (t) => {
  const hook = deferred()
  const shop = await openShop(t, {
    onPaid: () => hook.promise,
  }, Array.from({ length: 30 }, (_, index) => payment({ imp_uid: `imp_${index}` })))
  const begun = shop.upstream.hold('GET', /^\/payments(\/imp_\d+)?$/) // alone or with others
  const ended = t.rejects(shop.app.iamport.reconcile({ from, to }), { code: 'IAMPORT_UNAVAILABLE' })
  await begun.arrived
  const closed = shop.app.close()
  begun.open()
  hook.resolve()
  await Promise.all([ended, closed])
  t.ok(shop.upstream.lookups() < 12, `${shop.upstream.lookups()} lookups`)
})

test('an app that closes begins no hook any more, also where the dispatcher stays open', async (t) => {
  const dispatcher = new Agent()
  t.teardown(() => dispatcher.close())
  const shop = await openShop(t, { dispatcher }, Array.from({ length: 60 }, (_, index) => payment({
    imp_uid: `imp_${index}`,
  })))
  let closed: Promise<void> | undefined
  const onProgress = ({ seen }: ReconcileReport) => { if (seen === 5) closed = Promise.resolve(shop.app.close()) }
  await t.rejects(shop.app.iamport.reconcile({ from, to, onProgress }), { code: 'IAMPORT_UNAVAILABLE' })
  await closed // what had begun may end
  const { length } = shop.calls
  await sleep(100) // timers end in their order: a payment that waited for its lookup did so for 80 ms at most
  t.equal(shop.calls.length, length)
})

test('the timer begins soon after the start, whatever its interval', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  const shop = await openShop(t, { reconcile: { everyMs: 24 * 3600_000, lookbackMs: 48 * 3600_000 } })
  const asked = shop.upstream.hold('GET', /status\/ready/)
  await shop.app.ready()
  mock.timers.tick(10_000)
  mock.timers.reset()
  await asked.arrived
  asked.open()
  t.equal(shop.upstream.count('GET', /status\/ready/), 1)
})

test('the timer goes on after trouble, and says what it was', async (t) => {
  const lines: { msg: string, undecided?: unknown }[] = []
  const saw = deferred()
  const stream = {
    write (line: string) {
      lines.push(JSON.parse(line))
      const told = new Set(lines.map(({ msg }) => msg))
      if (told.has('reconciliation incomplete') && told.has('reconciled, except for some payments')) saw.resolve()
    }
  }
  const shop = await openShop(t, {
    reconcile: { everyMs: 1, lookbackMs: 1000 }, onPaid: () => { throw new Error('broken') },
  }, [payment()], { server: { logger: { stream } } })
  let lists = 0
  shop.upstream.script = (seen, response) => isList(seen) && lists++ === 0 && refuse(response, 400)
  await shop.app.ready()
  await saw.promise
  const report = { errors: 1, undecided: [{ imp_uid: 'imp_1', code: 'IAMPORT_HOOK_FAILED' }] }
  const partly = lines.find(({ msg }) => msg === 'reconciliation incomplete')
  const failed = { level: 50, provider: 'Iamport', err: { code: 'IAMPORT_BAD_GATEWAY' } }
  t.match(partly, { ...failed, seen: 0, completed: 0, ...report })
  t.match(lines.find(({ msg }) => msg === 'reconciled, except for some payments'), report)
})

test('a failure that onFail has had, and that stays one, costs no lookup at the next reconciliation', async (t) => {
  const decline = ['other', 'wrong']
  const amounts: Record<string, number> = { wrong: 1 }
  const shop = await openShop(t, {
    cancelOnMismatch: false,
    getExpectedAmount: ({ merchant_uid: order }) => decline.includes(order) ? amounts[order] ?? null : 14000,
  }, [
    payment({ imp_uid: 'test', sandbox: true }), account({ imp_uid: 'test_account', sandbox: true }),
    payment({ imp_uid: 'other', merchant_uid: 'other' }), account({ imp_uid: 'other_account', merchant_uid: 'other' }),
    payment({ imp_uid: 'wrong', merchant_uid: 'wrong' }), account({ imp_uid: 'wrong_account', merchant_uid: 'wrong' }),
  ])
  t.match(await shop.app.iamport.reconcile({ from, to }), { seen: 6, failed: 6, errors: [] })
  const lookups = shop.upstream.lookups()
  t.match(await shop.app.iamport.reconcile({ from, to }), { seen: 6, replayed: 6, errors: [] })
  t.equal(shop.upstream.lookups(), lookups)
  decline.length = 0
  const third = await shop.app.iamport.reconcile({ from, to })
  t.match(third, { seen: 6, completed: 4, replayed: 2 }, 'what its order accepts by now is delivered')
})

test('an onProgress that is no function is refused before anything is asked for', async (t) => {
  const shop = await openShop(t)
  const options = Object.assign({ from, to }, { onProgress: 'often' })
  await t.rejects(Reflect.apply(shop.app.iamport.reconcile, undefined, [options]), { code: 'FST_ERR_VALIDATION' })
  t.strictSame(shop.upstream.seen, [])
})

test('a refused refund is tried again by a reconciliation, for an hour after the payment', async (t) => {
  const shop = await openShop(t, {}, [payment({ amount: 1, paid_at: secondsAgo(60) })])
  shop.upstream.script = (seen, response) => isCancellation(seen) && refuse(response, 200, 'no', 1)
  t.match(await shop.app.iamport.reconcile({ from, to }), { failed: 1 })
  await shop.app.iamport.reconcile({ from, to })
  t.equal(shop.upstream.cancellations().length, 2)
  shop.upstream.payments.set('imp_1', payment({ amount: 1, paid_at: secondsAgo(3601) }))
  const lookups = shop.upstream.lookups()
  t.match(await shop.app.iamport.reconcile({ from, to }), { replayed: 1 })
  t.equal(shop.upstream.cancellations().length, 2)
  t.equal(shop.upstream.lookups(), lookups)
  t.equal(shop.failures().length, 1)
})

test('a malformed imp_uid in a list is reported by each reconciliation anew, and stays in no memory', async (t) => {
  const shop = await openShop(t)
  shop.upstream.script = ({ path }, response) => path.startsWith('/payments/status/paid') &&
    ok(response, { total: 1, previous: 0, next: 0, list: [{ imp_uid: 'a b', amount: 'x' }] })
  const first = await shop.app.iamport.reconcile({ from, to })
  const second = await shop.app.iamport.reconcile({ from, to })
  for (const { errors } of [first, second]) {
    t.match(errors, [{ imp_uid: 'a b', error: { code: 'FST_ERR_VALIDATION' } }])
  }
  t.not(first.errors[0]?.error, second.errors[0]?.error)
})
