import diagnostics from 'node:diagnostics_channel'
import { EventEmitter } from 'node:events'
import { createRequire } from 'node:module'
import { setImmediate as turn } from 'node:timers/promises'
import * as undici from 'undici'
import { test } from 'tap'
import { exchange, type HttpDispatcher } from '../../lib/http/exchange.js'
import { takesOurHandlers } from '../../lib/http/handlers.js'
import { createUpstream } from '../support/upstream.js'

const require = createRequire(import.meta.url)
/** A second copy of the undici that we have, as a shop may have one. */
function loadAgain (): typeof undici {
  for (const path of Object.keys(require.cache)) {
    if (path.includes('/node_modules/undici/')) delete require.cache[path]
  }
  return require('undici')
}
const another7 = loadAgain()
/** As plain JavaScript sees it: the compiler refuses its dispatchers. */
const undici6: typeof undici = require('undici6')

/** Nothing listens there. */
const ORIGIN = 'http://127.0.0.1:9'

function dispatchersOf ({
  Agent, BalancedPool, Client, EnvHttpProxyAgent, MockAgent, Pool, ProxyAgent, RetryAgent, interceptors,
}: typeof undici): Record<string, HttpDispatcher> {
  const mock = new MockAgent()
  mock.disableNetConnect()
  const { dns, dump, redirect, retry } = interceptors
  return {
    Agent: new Agent(),
    BalancedPool: new BalancedPool([ORIGIN]),
    Client: new Client(ORIGIN),
    EnvHttpProxyAgent: new EnvHttpProxyAgent(),
    MockAgent: mock,
    Pool: new Pool(ORIGIN, { connections: 1 }),
    ProxyAgent: new ProxyAgent(ORIGIN),
    RetryAgent: new RetryAgent(new Agent()),
    'composed of nothing': new Agent().compose((dispatch) => dispatch),
    'composed with dns': new Agent().compose(dns()),
    'composed with dump': new Agent().compose(dump()),
    'composed with redirect': new Agent().compose(redirect({ maxRedirections: 3 })),
    'composed with retry': new Agent().compose(retry()),
    'composed of several': new Pool(ORIGIN).compose(redirect({ maxRedirections: 3 }), retry(), dns()),
    'a mock, composed': new MockAgent().compose(retry()),
  }
}

/** The connections that any undici begins from now on. */
function watchConnections () {
  const begun: unknown[] = []
  diagnostics.subscribe('undici:client:beforeConnect', (message) => begun.push(message))
  return begun
}

for (const [name, version, isTaken] of [
  ['the undici that we have', undici, true], ['another copy of undici 7', another7, true], ['undici 6', undici6, false],
] as const) {
  test(`${name} is ${isTaken ? 'taken' : 'refused'}, and no connection is begun`, async (t) => {
    const begun = watchConnections()
    for (const [kind, dispatcher] of Object.entries(dispatchersOf(version))) {
      t.equal(takesOurHandlers(dispatcher, ORIGIN), isTaken, kind)
    }
    await turn()
    t.equal(begun.length, 0)
    const message = { origin: ORIGIN, path: '/', method: 'GET' as const, headers: {} }
    await t.rejects(exchange(new undici.Agent(), message, { timeoutMs: 5000, maxBytes: 1000 }))
    t.equal(begun.length, 1, 'a connection would have been counted')
  })
}

test('another copy is not the one that we have', async (t) => {
  t.notOk(new another7.Agent() instanceof undici.Dispatcher)
})

test('a pool of one connection works after it was probed', async (t) => {
  const upstream = await createUpstream()
  for (const create of [
    (url: string) => new another7.Pool(url, { connections: 1 }),
    (url: string) => new another7.Pool(url, { connections: 1 }).compose(another7.interceptors.redirect()),
  ]) {
    const pool = create(upstream.url)
    t.teardown(() => pool.destroy())
    t.ok(takesOurHandlers(pool, upstream.url))
    const message = { origin: upstream.url, path: '/users/getToken', method: 'POST' as const, headers: {} }
    t.equal((await exchange(pool, message, { timeoutMs: 5000, maxBytes: 1000 })).status, 200)
  }
  await upstream.close()
})

/** An `EventEmitter`, as each of undici's dispatchers is. */
const emitter = (dispatch: undici.Dispatcher['dispatch']) => Object.assign(new EventEmitter(), { dispatch })

test('a dispatcher that is none of undici\'s is not called', async (t) => {
  let calls = 0
  t.ok(takesOurHandlers({ dispatch: () => ++calls > 0 }, ORIGIN))
  t.equal(calls, 0)
})

test('one that looks for callbacks of both kinds is taken, and so is one that looks for none', async (t) => {
  const both = (_: unknown, handler: undici.Dispatcher.DispatchHandler & { onConnect?: unknown }) =>
    handler.onConnect !== undefined || handler.onRequestStart !== undefined
  t.ok(takesOurHandlers(emitter(both), ORIGIN))
  t.ok(takesOurHandlers(emitter(() => true), ORIGIN))
})

test('one that hands the callbacks on, and fails later, ends no process', async (t) => {
  const aborted: unknown[] = []
  const controller = { abort: (reason: Error) => { aborted.push(reason) } } as undici.Dispatcher.DispatchController
  let done = () => {}
  const isDone = new Promise<void>((resolve) => { done = resolve })
  const late = (_: unknown, handler: undici.Dispatcher.DispatchHandler) => {
    setImmediate(() => {
      handler.onRequestStart?.(controller, {})
      handler.onResponseStart?.(controller, 200, {})
      handler.onResponseData?.(controller, Buffer.from('x'))
      handler.onResponseEnd?.(controller, {})
      handler.onResponseError?.(controller, new Error('too late'))
      done()
    })
    return true
  }
  t.ok(takesOurHandlers(emitter(late), ORIGIN))
  await isDone
  t.match(aborted, [{ message: /probe/ }], 'a request that would begin is aborted')
})
