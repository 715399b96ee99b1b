import { AsyncLocalStorage } from 'node:async_hooks'
import diagnostics, { type TracingChannel } from 'node:diagnostics_channel'
import { test, type Test } from 'tap'
import { COMPLETION_CHANNEL, memoryLedger, TRACING_CHANNELS, type Ledger, type Traces } from '../../lib/index.js'
import {
  traceApproval, traceHook, traceLedger, traceNotifications, traceProvider,
} from '../../lib/completion/trace-parts.js'
import { wrapHooks } from '../../lib/completion/wrap-hooks.js'
import { openPortoneShop } from '../support/portone-shop.js'
import { openShop } from '../support/shop.js'
import { isLookup, payment, refuse } from '../support/upstream.js'

type Part = keyof Traces
interface Span { part: Part, message: object, within: Span | undefined, isOver: boolean }

const PARTS = ['notification', 'lookup', 'decision', 'ledger', 'hook', 'refund', 'approval'] as const

/** Every part that runs from now on, in the order in which they begin, as a tracer sees them. */
function traceAll (t: Test): Span[] {
  const spans: Span[] = []
  const current = new AsyncLocalStorage<Span>()
  for (const part of PARTS) {
    const channel: TracingChannel<unknown, object> = diagnostics.tracingChannel(TRACING_CHANNELS[part])
    const begun = new WeakMap<object, Span>()
    channel.start.bindStore(current, (message) => {
      const span = { part, message, within: current.getStore(), isOver: false }
      begun.set(message, span)
      spans.push(span)
      return span
    })
    const end = (message: unknown) => {
      const span = typeof message === 'object' && message !== null ? begun.get(message) : undefined
      if (span) span.isOver = true
    }
    channel.asyncEnd.subscribe(end)
    t.teardown(() => {
      channel.start.unbindStore(current)
      channel.asyncEnd.unsubscribe(end)
    })
  }
  return spans
}

/** `hook in ledger in decision`: what a span is, and within which others. */
const wayOf = ({ part, within }: Span): string => within ? `${part} in ${wayOf(within)}` : part

test('the parts of one notification are published within each other', async (t) => {
  const shop = await openShop(t)
  const spans = traceAll(t)
  await shop.notify()
  t.strictSame(spans.map(wayOf), [
    'notification',
    'lookup in notification',
    'decision in notification',
    'ledger in decision in notification',
    'hook in ledger in decision in notification',
    'hook in ledger in decision in notification',
  ])
  t.match(spans.map(({ message }) => message), [
    { source: 'webhook', imp_uid: 'imp_1', merchant_uid: 'order_1', status: 'paid', replayed: false },
    { id: 'imp_1', provider: 'Iamport', state: 'paid' },
    { imp_uid: 'imp_1', merchant_uid: 'order_1', state: 'paid', status: 'paid', replayed: false },
    { method: 'once', key: 'imp_1:paid', replayed: false },
    { hook: 'getExpectedAmount', source: 'webhook', imp_uid: 'imp_1', merchant_uid: 'order_1' },
    { hook: 'onPaid', source: 'webhook', imp_uid: 'imp_1', merchant_uid: 'order_1' },
  ])
  t.ok(spans.every(({ isOver, message }) => isOver && !('error' in message)))
})

test('notifications at once do not stand within each other', async (t) => {
  const shop = await openShop(t)
  const spans = traceAll(t)
  await Promise.all([shop.notify(), shop.notify(), shop.post({ imp_uid: 'imp_1' })])
  t.equal(spans.filter(({ part }) => part === 'notification').length, 3)
  for (const { part, within } of spans) if (part === 'notification') t.equal(within, undefined)
  for (const { part, within } of spans) if (part === 'lookup') t.equal(within?.part, 'notification')
  t.ok(spans.every(({ isOver }) => isOver))
})

test('nothing that names a buyer or a card is published', async (t) => {
  const shop = await openShop(t, { exposeData: true, onPaid: () => 'data of the hook' }, [
    payment({ buyer_name: '홍길동', buyer_tel: '010-1234-5678', card_name: '우리카드' }),
  ])
  const spans = traceAll(t)
  await shop.notify()
  await shop.post({ imp_uid: 'imp_1' })
  t.notMatch(JSON.stringify(spans.map(({ message }) => message)), /홍길동|010|우리카드|data of the hook/)
})

test('a mismatch is a ledger\'s work that is rolled back, or a refund, and no error', async (t) => {
  const shop = await openShop(t, { cancelOnMismatch: false }, [payment({ amount: 1 })])
  const spans = traceAll(t)
  await shop.notify()
  t.match(spans.find(({ part }) => part === 'ledger')?.message, { rolledBack: true, error: undefined })
  t.match(spans.find(({ message }) => 'hook' in message && message.hook === 'onFail')?.message, { imp_uid: 'imp_1' })

  const refunding = await openShop(t, {}, [payment({ amount: 1 })])
  const from = spans.length
  await refunding.notify()
  t.match(spans.slice(from).find(({ part }) => part === 'refund')?.message, { request: 'refund', status: 'done' })
})

test('an account that does not match is closed in a part of its own', async (t) => {
  const shop = await openShop(t, {}, [
    payment({ status: 'ready', pay_method: 'vbank', vbank_num: '1', amount: 1, paid_at: 0 }),
  ])
  const spans = traceAll(t)
  await shop.notify()
  t.match(spans.find(({ part }) => part === 'refund')?.message, { request: 'close_account', status: 'done' })
})

test('an error is that of the part that failed, and of those around it', async (t) => {
  const shop = await openShop(t, { onPaid: () => { throw new Error('no stock') }, budgetMs: 1500 })
  const spans = traceAll(t)
  t.equal((await shop.notify()).statusCode, 500)
  const messageOf = (wanted: Part) => spans.findLast(({ part }) => part === wanted)?.message
  t.match(messageOf('hook'), { hook: 'onPaid', error: { message: 'no stock' } })
  t.match(messageOf('ledger'), { rolledBack: true, error: undefined })
  t.match(messageOf('decision'), { error: { code: 'IAMPORT_HOOK_FAILED' } })
  t.match(messageOf('notification'), { error: { code: 'IAMPORT_HOOK_FAILED' } })
  shop.upstream.script = (seen, response) => isLookup(seen) && refuse(response, 500)
  t.equal((await shop.notify()).statusCode, 503)
  t.match(messageOf('lookup'), { error: { code: 'IAMPORT_UNAVAILABLE' } })
})

test('a ledger that fails is an error of the ledger', async (t) => {
  const failing: Ledger = {
    once: async () => { throw new Error('no table') }, find: async () => { throw new Error('no table') },
  }
  const shop = await openShop(t, { ledger: failing })
  const spans = traceAll(t)
  t.equal((await shop.notify()).statusCode, 503)
  t.match(spans.find(({ part }) => part === 'ledger')?.message, { error: { message: 'no table' } })
})

test('what the work throws comes out of a traced ledger as it is', async (t) => {
  traceAll(t)
  const own = new Error('no stock')
  const failing = traceLedger(memoryLedger()).once('key', async () => { throw own })
  const outcome = await failing.catch((error: unknown) => error)
  t.equal(outcome, own)
})

test('reading the ledger is published, and says whether anything is recorded', async (t) => {
  const shop = await openShop(t, {}, [payment({ status: 'failed' })])
  const spans = traceAll(t)
  await shop.notify()
  t.match(spans.filter(({ part }) => part === 'ledger').map(({ message }) => message), [
    { method: 'find', key: 'imp_1:paid', replayed: false }, { method: 'once', key: 'imp_1:paid', rolledBack: true },
    { method: 'once', key: 'imp_1:failed:payment_failed', replayed: false },
  ])
})

test('every hook is published by its name', async (t) => {
  const named = payment()
  const context = { source: 'direct', log: (await openShop(t)).app.log, tx: undefined } as const
  const spans = traceAll(t)
  const hooks = wrapHooks<undefined>({
    getExpectedAmount: () => 14000, onPaid () {}, onVbank () {}, onFail () {}, onCancel () {}, onConfirm () {},
  }, traceHook)
  await hooks.getExpectedAmount(named, context)
  await hooks.onPaid(named, context)
  await hooks.onVbank?.(named, context)
  await hooks.onFail?.({ reason: 'not_paid', payment: named, final: false, refunded: false, message: '' }, context)
  await hooks.onCancel?.(named, { ...context, cancellation: { amount: 1 } })
  await hooks.onConfirm?.({ imp_uid: 'imp_1', merchant_uid: 'order_1', amount: 14000 }, context)
  const names = spans.flatMap(({ message }) => 'hook' in message ? [message.hook] : [])
  t.strictSame(names, ['getExpectedAmount', 'onPaid', 'onVbank', 'onFail', 'onCancel', 'onConfirm'])
  for (const { message } of spans) t.match(message, { imp_uid: 'imp_1', merchant_uid: 'order_1', source: 'direct' })
})

test('PortOne V2 publishes the same parts, and the approval', async (t) => {
  const shop = await openPortoneShop(t)
  const spans = traceAll(t)
  t.equal((await shop.post({ paymentId: 'order_1', paymentToken: 'token_1', txId: 'tx_1' })).statusCode, 200)
  const parts = new Set(spans.map(({ part }) => part))
  for (const part of ['notification', 'approval', 'lookup', 'decision', 'ledger', 'hook'] as const) {
    t.ok(parts.has(part), part)
  }
  t.match(spans[0], { part: 'notification', message: { source: 'browser', merchant_uid: 'order_1' } })
  t.match(spans.find(({ part }) => part === 'approval'), {
    within: { part: 'notification' }, message: { id: 'order_1', status: String },
  })
  t.match(spans.find(({ part }) => part === 'hook'), { message: { hook: 'getExpectedAmount', source: 'confirm' } })
})

test('without a subscriber every part is what it is without us: the same promise, and no message', async (t) => {
  const published: unknown[] = []
  const listen = (message: unknown) => { published.push(message) }
  diagnostics.subscribe(COMPLETION_CHANNEL, listen) // of another channel: it switches no part on
  t.teardown(() => diagnostics.unsubscribe(COMPLETION_CHANNEL, listen))
  const result = new Promise<never>(() => {})
  const same = () => result
  const provider = traceProvider(
    { name: 'Iamport', writeTimeoutMs: 1, lookUp: same, refund: same, closeAccount: same, lists: () => [] })
  t.equal(provider.lookUp('imp_1', 0), result)
  const ledger = traceLedger({ once: same, find: same })
  t.equal(ledger.once('key', same), result)
  t.equal(ledger.find?.('key'), result)
  const { log } = (await openShop(t)).app
  t.equal(traceApproval(same)({ paymentId: 'order_1' }), result)
  t.equal(traceNotifications(same)({ id: 'imp_1', source: 'direct', log }), result)
  const hooks = wrapHooks<undefined>({ getExpectedAmount: () => 14000, onPaid: same }, traceHook)
  const context = { source: 'direct', log, tx: undefined } as const
  t.equal(hooks.getExpectedAmount(payment(), context), 14000)
  t.equal(hooks.onPaid(payment(), context), result)
  t.strictSame(published, [])
})

test('a ledger without find has none when it is traced either', async (t) => {
  t.notOk('find' in traceLedger({ once: memoryLedger().once }))
})

test('hooks are called on the merchant\'s own object, and those that are left out stay so', async (t) => {
  const own: unknown[] = []
  const options = { getExpectedAmount: () => 14000, onPaid (this: unknown) { own.push(this) } }
  const hooks = wrapHooks<undefined>(options, traceHook)
  await hooks.onPaid(payment(), { source: 'direct', log: (await openShop(t)).app.log, tx: undefined })
  t.equal(own[0], options)
  t.strictSame(Object.keys(hooks), ['getExpectedAmount', 'onPaid'])
})
