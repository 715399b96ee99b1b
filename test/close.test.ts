import { EventEmitter, once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { mock } from 'node:test'
import { test, type Test } from 'tap'
import { Agent } from 'undici'
import type { IamportOptions } from '../lib/index.js'
import { openShop } from './support/shop.js'
import { deferred, payment } from './support/upstream.js'

/** Milliseconds for which a closing app waits for hooks. */
const CLOSE_WAIT_MS = 20_000

const aLittle = async () => {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
}

/** A shop whose `onPaid` waits for the gate; a clock that moves by hand, and what the log says of trouble. */
async function openStuckShop (t: Test, options: Partial<IamportOptions> = {}, payments = [payment()]) {
  const lines: { level: number, msg: string, payments?: unknown[], left?: number }[] = []
  const log = new EventEmitter()
  const stream = {
    write (line: string) {
      const parsed = JSON.parse(line)
      lines.push(parsed)
      log.emit(parsed.msg)
    },
  }
  const gate = deferred()
  const entered = deferred()
  let inside = 0
  const shop = await openShop(t, {
    onPaid: () => {
      if (++inside === payments.length) entered.resolve()
      return gate.promise
    },
    ...options,
  }, payments, { server: { logger: { stream } } })
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  const trouble = () => lines.filter(({ level, left }) => level >= 50 && left !== undefined)
  return { ...shop, gate, entered: entered.promise, trouble, logged: (msg: string) => once(log, msg) }
}

test('an app that closes waits so long for a hook and no longer, and says which payment it left', async (t) => {
  const shop = await openStuckShop(t)
  const completing = shop.app.iamport.complete('imp_1').catch((error: unknown) => error)
  await shop.entered
  let isClosed = false
  const closing = shop.app.close().then(() => { isClosed = true })
  await aLittle()
  mock.timers.tick(CLOSE_WAIT_MS - 1)
  await aLittle()
  t.notOk(isClosed)
  t.strictSame(shop.trouble(), [])
  mock.timers.tick(1)
  await closing
  t.match(await completing, { code: 'IAMPORT_UNAVAILABLE', headers: { 'retry-after': '5' } })
  t.match(shop.trouble(), [{ left: 1, payments: [{ imp_uid: 'imp_1', source: 'direct' }] }])
})

test('a hook that ends while the app closes is waited for, and nothing is said', async (t) => {
  const shop = await openStuckShop(t)
  const completing = shop.app.iamport.complete('imp_1')
  await shop.entered
  const closing = shop.app.close()
  await aLittle()
  mock.timers.tick(CLOSE_WAIT_MS - 1)
  shop.gate.resolve()
  t.match(await completing, { status: 'paid' })
  await closing
  mock.timers.tick(1)
  t.strictSame(shop.trouble(), [])
})

test('a request that waits for a hook is answered 503, as Fastify would wait for it for ever', async (t) => {
  const shop = await openStuckShop(t)
  const headers = { 'content-type': 'application/json' }
  const sending = request(`${await shop.listen()}/payments/webhook`, { method: 'POST', agent: false, headers })
  sending.end(JSON.stringify({ imp_uid: 'imp_1' }))
  await shop.entered
  const closing = shop.app.close()
  await aLittle()
  mock.timers.tick(CLOSE_WAIT_MS)
  const [reply]: IncomingMessage[] = await once(sending, 'response')
  reply?.resume()
  t.match(reply, { statusCode: 503, headers: { 'retry-after': '5' } })
  await closing
  t.match(shop.trouble(), [{ left: 1, payments: [{ imp_uid: 'imp_1', source: 'webhook' }] }])
})

test('a hook that was left may still end, and its event is recorded', async (t) => {
  const dispatcher = new Agent()
  t.teardown(() => dispatcher.close())
  const recorded = deferred()
  const shop = await openStuckShop(t, {
    dispatcher,
    ledger: {
      async once (key, work) {
        const value = await work(undefined)
        if (key.includes('paid')) recorded.resolve()
        return { value, replayed: false }
      },
    },
  })
  const completing = shop.app.iamport.complete('imp_1').catch((error: unknown) => error)
  await shop.entered
  const closing = shop.app.close()
  await aLittle()
  mock.timers.tick(CLOSE_WAIT_MS)
  await closing
  t.match(await completing, { code: 'IAMPORT_UNAVAILABLE' })
  shop.gate.resolve()
  await recorded.promise
})

test('of many payments that are left, the log names twenty', async (t) => {
  const many = Array.from({ length: 21 }, (_, index) => payment({ imp_uid: `imp_${index}` }))
  const shop = await openStuckShop(t, {}, many)
  const completing = Promise.allSettled([...shop.upstream.payments.keys()].map((id) => shop.app.iamport.complete(id)))
  await shop.entered
  const closing = shop.app.close()
  await aLittle()
  mock.timers.tick(CLOSE_WAIT_MS)
  await Promise.all([closing, completing])
  t.match(shop.trouble(), [{ left: 21 }])
  t.equal(shop.trouble()[0]?.payments?.length, 20)
})

test('a completion that begins after the app has given up waiting is refused', async (t) => {
  const dispatcher = new Agent()
  t.teardown(() => dispatcher.close())
  const shop = await openStuckShop(t, { dispatcher })
  const completing = shop.app.iamport.complete('imp_1').catch((error: unknown) => error)
  await shop.entered
  const closing = shop.app.close()
  await aLittle()
  mock.timers.tick(CLOSE_WAIT_MS)
  await Promise.all([closing, completing])
  const lookups = shop.upstream.lookups()
  await t.rejects(shop.app.iamport.complete('imp_1'), { code: 'IAMPORT_UNAVAILABLE' })
  t.equal(shop.upstream.lookups(), lookups)
})

test('a hook that never settles stops neither this reconciliation, nor the next, nor the end of the app', async (t) => {
  const other = deferred()
  const shop = await openStuckShop(t, {
    reconcile: { everyMs: 1000, lookbackMs: 10_000 },
    onPaid: ({ imp_uid: impUid }) => {
      if (impUid === 'imp_1') return new Promise(() => {})
      other.resolve()
    },
  }, [payment(), payment({ imp_uid: 'imp_2' })])
  await shop.app.ready()
  mock.timers.tick(1000)
  await other.promise
  mock.timers.tick(12_000 + 60_000) // budgetMs and a minute
  await shop.logged('reconciled, except for some payments')
  const next = shop.upstream.hold('GET', /status\/ready/)
  mock.timers.tick(1000)
  await next.arrived
  const closing = shop.app.close()
  next.open()
  await aLittle()
  mock.timers.tick(CLOSE_WAIT_MS)
  await closing
  t.match(shop.trouble(), [{ left: 1, payments: [{ imp_uid: 'imp_1', source: 'reconcile' }] }])
})

test('a client that keeps its connection alive does not keep a closing app open once its hook has ended', async (t) => {
  const entered = deferred()
  const gate = deferred()
  const shop = await openShop(t, {
    onPaid: () => {
      entered.resolve()
      return gate.promise
    }
  })
  const url = await shop.listen()
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"imp_uid":"imp_1"}' }
  const answer = fetch(`${url}/payments/webhook`, init) // which keeps its connections alive
  await entered.promise
  const closed = shop.app.close()
  await aLittle()
  gate.resolve()
  t.equal((await answer).headers.get('connection'), 'close')
  await closed
})
