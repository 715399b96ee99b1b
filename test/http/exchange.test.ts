import { test } from 'tap'
import { Agent, Pool, type Dispatcher } from 'undici'
import { exchange } from '../../lib/http/exchange.js'
import { MAX_ANSWER_BYTES } from '../../lib/http/request.js'
import { openClient } from '../support/client.js'
import { createUpstream, hangUp, isLookup, ok, payment, refuse } from '../support/upstream.js'

const get = (origin: string) => ({ origin, path: '/payments/imp_1', method: 'GET' as const, headers: {} })

test('an answer that never comes ends at the timeout, and its connection is given up', async (t) => {
  const { upstream, dispatcher } = await openClient(t)
  // Over a connection that is open: on a busy machine, opening one may take longer than the timeout.
  await exchange(dispatcher, get(upstream.url), { timeoutMs: 60_000, maxBytes: 1000 })
  const closed = new Promise<void>((resolve) => {
    upstream.script = (_, response) => {
      response.on('close', resolve)
      return true
    }
  })
  await t.rejects(exchange(dispatcher, get(upstream.url), {
    timeoutMs: 300, maxBytes: 1000,
  }), { code: 'IAMPORT_TIMEOUT' })
  await t.resolves(closed, 'the provider saw the connection end')
})

test('an answer that stops in the middle ends at the timeout', async (t) => {
  const { upstream, dispatcher } = await openClient(t)
  upstream.script = (_, response) => {
    response.writeHead(200).write('{"code":0,')
    return true
  }
  await t.rejects(exchange(dispatcher, get(upstream.url), {
    timeoutMs: 50, maxBytes: 1000,
  }), { code: 'IAMPORT_TIMEOUT' })
})

test('an answer that drips for ever ends at the timeout, however often something comes', async (t) => {
  const { upstream, dispatcher } = await openClient(t)
  upstream.script = (_, response) => {
    const drip = setInterval(() => response.write(' '), 5)
    response.on('close', () => clearInterval(drip))
    return true
  }
  await t.rejects(exchange(dispatcher, get(upstream.url), {
    timeoutMs: 100, maxBytes: 1e6,
  }), { code: 'IAMPORT_TIMEOUT' })
})

test('a request that waits for a connection is bounded too, and never sent later', async (t) => {
  const upstream = await createUpstream()
  const dispatcher = new Pool(upstream.url, { connections: 1, pipelining: 1 })
  t.teardown(async () => {
    await dispatcher.destroy()
    await upstream.close()
  })
  const gate = upstream.hold('GET', /first/)
  const first = exchange(dispatcher, { ...get(upstream.url), path: '/first' }, { timeoutMs: 5000, maxBytes: 1000 })
  await gate.arrived
  await t.rejects(exchange(dispatcher, get(upstream.url), {
    timeoutMs: 20, maxBytes: 1000,
  }), { code: 'IAMPORT_TIMEOUT' })
  gate.open()
  await first
  await exchange(dispatcher, { ...get(upstream.url), path: '/third' }, { timeoutMs: 5000, maxBytes: 1000 })
  t.strictSame(upstream.seen.map(({ path }) => path), ['/first', '/third'])
})

test('an answer of exactly the largest size is read, one byte more is refused', async (t) => {
  const { upstream, dispatcher } = await openClient(t)
  upstream.script = (_, response) => { response.end('x'.repeat(1000)); return true }
  t.equal((await exchange(dispatcher, get(upstream.url), { timeoutMs: 5000, maxBytes: 1001 })).text.length, 1000)
  t.equal((await exchange(dispatcher, get(upstream.url), { timeoutMs: 5000, maxBytes: 1000 })).text.length, 1000)
  await t.rejects(exchange(dispatcher, get(upstream.url), {
    timeoutMs: 5000, maxBytes: 999,
  }), { code: 'IAMPORT_BAD_GATEWAY' })
})

test('an endless answer about one payment is cut at its bound', async (t) => {
  const { client, upstream } = await openClient(t)
  let sent = 0
  upstream.script = (seen, response) => {
    if (!isLookup(seen)) return false
    const chunk = ' '.repeat(2 ** 16)
    const more = () => {
      while (!response.destroyed && sent < 64 * MAX_ANSWER_BYTES) {
        sent += chunk.length
        if (!response.write(chunk)) return
      }
    }
    response.on('drain', more)
    more()
    return true
  }
  await t.rejects(client.getPayment('imp_1'), { code: 'IAMPORT_BAD_GATEWAY' })
  t.equal(upstream.lookups(), 1)
  t.ok(sent < 32 * MAX_ANSWER_BYTES, 'most of it was never taken')
})

test('a lost connection is unavailable, before and in the middle of an answer', async (t) => {
  const { upstream, dispatcher } = await openClient(t)
  upstream.script = (_, response) => hangUp(response)
  await t.rejects(exchange(dispatcher, get(upstream.url), {
    timeoutMs: 5000, maxBytes: 1000,
  }), { code: 'IAMPORT_UNAVAILABLE' })
  upstream.script = (_, response) => {
    response.writeHead(200, { 'content-length': '1000' }).write('{"code":0', () => response.destroy())
    return true
  }
  await t.rejects(exchange(dispatcher, get(upstream.url), {
    timeoutMs: 5000, maxBytes: 2000,
  }), { code: 'IAMPORT_UNAVAILABLE' })
  upstream.script = (_, response) => {
    response.socket?.end('this is not HTTP\r\n\r\n')
    return true
  }
  await t.rejects(exchange(dispatcher, get(upstream.url), {
    timeoutMs: 5000, maxBytes: 2000,
  }), { code: 'IAMPORT_UNAVAILABLE' })
})

test('nobody at the address is unavailable', async (t) => {
  const upstream = await createUpstream()
  await upstream.close()
  const dispatcher = new Agent()
  t.teardown(() => dispatcher.destroy())
  await t.rejects(exchange(dispatcher, get(upstream.url), { timeoutMs: 5000, maxBytes: 1000 }), {
    code: 'IAMPORT_UNAVAILABLE', cause: { code: 'ECONNREFUSED' },
  })
})

test('a connection that the provider closes between two requests costs nothing', async (t) => {
  const { client, upstream } = await openClient(t)
  for (let i = 0; i < 5; i++) {
    upstream.script = (_, response) => {
      response.on('finish', () => response.socket?.destroy())
      return false
    }
    t.match(await client.getPayment('imp_1'), { imp_uid: 'imp_1' })
  }
})

test('a dispatcher that throws, or is closed, is unavailable', async (t) => {
  const throwing = new class extends Agent {
    override dispatch (): boolean { throw new Error('broken') }
  }()
  const closed = new Agent()
  await closed.close()
  t.teardown(() => throwing.destroy())
  for (const dispatcher of [throwing, closed] satisfies Dispatcher[]) {
    await t.rejects(exchange(dispatcher, get('http://127.0.0.1:1'), {
      timeoutMs: 500, maxBytes: 1,
    }), { code: 'IAMPORT_UNAVAILABLE' })
  }
})

test('no timer is left behind by an answer, an error, or a timeout', async (t) => {
  const { upstream, dispatcher } = await openClient(t)
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
  const before = timers()
  const limits = { timeoutMs: 60_000, maxBytes: 1000 }
  upstream.script = (_, response) => ok(response, payment())
  await exchange(dispatcher, get(upstream.url), limits)
  upstream.script = (_, response) => refuse(response, 500)
  await exchange(dispatcher, get(upstream.url), limits)
  upstream.script = (_, response) => hangUp(response)
  await t.rejects(exchange(dispatcher, get(upstream.url), limits))
  t.ok(timers() - before <= 2, 'the pool keeps its own')
})
