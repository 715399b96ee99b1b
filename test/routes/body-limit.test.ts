import { once } from 'node:events'
import { request } from 'node:http'
import { Readable, Transform } from 'node:stream'
import { createGunzip, gzipSync } from 'node:zlib'
import formbody from '@fastify/formbody'
import type { FastifyInstance } from 'fastify'
import { test, type Test } from 'tap'
import { openPortoneShop, signatureOf, webhookOf } from '../support/portone-shop.js'
import { openShop, type Surroundings } from '../support/shop.js'

const FORM = 'application/x-www-form-urlencoded'
const TOO_LARGE = { statusCode: 413, code: 'FST_ERR_CTP_BODY_TOO_LARGE', error: 'Payload Too Large' }
const LIMITS = { complete: 64 * 1024, webhook: 16 * 1024, confirm: 16 * 1024 }
const ROUTES = Object.entries(LIMITS).map(([name, maxBytes]) => ({ url: `/payments/${name}`, maxBytes }))

const padded = (head: string, tail: string, bytes: number) =>
  head + 'x'.repeat(bytes - head.length - tail.length) + tail
const jsonOf = (bytes: number) =>
  padded('{"imp_uid":"imp_1","merchant_uid":"order_1","amount":14000,"more":"', '"}', bytes)
const formOf = (bytes: number) => padded('imp_uid=imp_1&merchant_uid=order_1&amount=14000&more=', '', bytes)

const openLimited = (t: Test, surroundings?: Surroundings) =>
  openShop(t, { onConfirm: () => {} }, undefined, surroundings)

/** Posts in pieces whose sum no header tells. */
async function postChunked (url: string, type: string, body: string): Promise<number | undefined> {
  const sent = request(url, { method: 'POST', headers: { 'content-type': type } })
  sent.on('error', () => {}) // the rest of what was too large is not read
  sent.flushHeaders()
  Readable.from(body.match(/[^]{1,1000}/g) ?? []).pipe(sent)
  const [reply] = await once(sent, 'response')
  reply.resume()
  return reply.statusCode
}

test('a body of the limit is taken, one byte more is refused, as JSON and as a form', async (t) => {
  const shop = await openLimited(t)
  for (const { url, maxBytes } of ROUTES) {
    for (const [type, bodyOf] of [['application/json', jsonOf], [FORM, formOf]] as const) {
      const headers = { 'content-type': type }
      const post = (bytes: number) => shop.app.inject({ method: 'POST', url, headers, payload: bodyOf(bytes) })
      for (const bytes of [maxBytes - 1, maxBytes]) {
        t.equal((await post(bytes)).statusCode, 200, `${url} ${type} ${bytes}`)
      }
      const reply = await post(maxBytes + 1)
      t.equal(reply.statusCode, 413, `${url} ${type}`)
      t.match(reply.json(), TOO_LARGE)
    }
  }
})

test('a body whose length no header tells is counted', async (t) => {
  const shop = await openLimited(t)
  const address = await shop.listen()
  for (const { url, maxBytes } of ROUTES) {
    for (const [type, bodyOf] of [['application/json', jsonOf], [FORM, formOf]] as const) {
      t.equal(await postChunked(address + url, type, bodyOf(maxBytes)), 200, `${url} ${type}`)
      t.equal(await postChunked(address + url, type, bodyOf(maxBytes + 1)), 413, `${url} ${type}`)
    }
  }
})

const readAll = async (payload: Readable) => {
  const chunks: Buffer[] = []
  for await (const chunk of payload) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString()
}

const APPS: Record<string, Surroundings> = {
  'a smaller limit of its own': { server: { bodyLimit: 500 } },
  'a larger limit of its own': { server: { bodyLimit: 2 ** 24 } },
  'a form parser with a smaller limit': {
    prepare: async (app) => { await app.register(formbody, { bodyLimit: 500 }) }
  },
  'a form parser with a larger limit': {
    prepare: async (app) => { await app.register(formbody, { bodyLimit: 2 ** 24 }) }
  },
  'parsers that read the stream themselves': {
    prepare: (app: FastifyInstance) => {
      app.addContentTypeParser(FORM, async (_request: unknown, payload: Readable) =>
        Object.fromEntries(new URLSearchParams(await readAll(payload))))
      app.addContentTypeParser('*', async (_request: unknown, payload: Readable) => JSON.parse(await readAll(payload)))
    }
  },
}

for (const [what, surroundings] of Object.entries(APPS)) {
  test(`the limits are ours in an app with ${what}`, async (t) => {
    const shop = await openLimited(t, surroundings)
    const address = await shop.listen()
    const others = what.startsWith('parsers') ? [['text/json', jsonOf] as const] : []
    const types = [['application/json', jsonOf], [FORM, formOf], ...others] as const
    for (const { url, maxBytes } of ROUTES) {
      for (const [type, bodyOf] of types) {
        const post = async (payload: string) =>
          (await shop.app.inject({ method: 'POST', url, headers: { 'content-type': type }, payload })).statusCode
        t.equal(await post(bodyOf(maxBytes)), 200, `${url} ${type}`)
        t.equal(await post(bodyOf(maxBytes + 1)), 413, `${url} ${type}`)
        t.equal(await postChunked(address + url, type, bodyOf(maxBytes)), 200, `${url} ${type}, chunked`)
        t.equal(await postChunked(address + url, type, bodyOf(maxBytes + 1)), 413, `${url} ${type}, chunked`)
      }
    }
  })
}

test('what an app unpacks counts unpacked, and is not unpacked to its end', async (t) => {
  let unpacked = 0
  let closed: Promise<unknown> | undefined
  const shop = await openLimited(t, {
    prepare: (app) => {
      app.addHook('preParsing', async (request, _reply, payload) => {
        if (request.headers['content-encoding'] !== 'gzip') return payload
        let receivedEncodedLength = 0
        payload.on('data', (chunk: Buffer) => { receivedEncodedLength += chunk.length })
        const counter = new Transform({
          transform (chunk: Buffer, _encoding, done) {
            unpacked += chunk.length
            done(null, chunk)
          }
        })
        closed = once(counter, 'close')
        const body = payload.pipe(createGunzip()).pipe(counter)
        return Object.defineProperty(body, 'receivedEncodedLength', { get: () => receivedEncodedLength })
      })
    }
  })
  const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' }
  const post = (body: string) =>
    shop.app.inject({ method: 'POST', url: '/payments/complete', headers, payload: gzipSync(body) })
  t.equal((await post(jsonOf(64 * 1024))).statusCode, 200)
  unpacked = 0
  const bomb = jsonOf(2 ** 26)
  t.equal((await post(bomb)).statusCode, 413)
  await closed
  t.ok(unpacked < 2 ** 22, `${unpacked} bytes`)
})

test('what an app unpacks is read although it is paused, as that of @fastify/compress is', async (t) => {
  const prepare = (app: FastifyInstance) => {
    app.addHook('preParsing', async (request, _reply, payload) => {
      if (request.headers['content-encoding'] !== 'gzip') return payload
      const receivedEncodedLength = Number(request.headers['content-length'])
      return Object.assign(payload.pipe(createGunzip()).pause(), { receivedEncodedLength })
    })
  }
  const packed = { 'content-type': 'application/json', 'content-encoding': 'gzip' }
  const shop = await openShop(t, {}, undefined, { prepare })
  const portone = await openPortoneShop(t, {}, undefined, { prepare })
  async function post ({ app }: { app: FastifyInstance }, body: string, signature = {}): Promise<number> {
    const headers = { ...packed, ...signature }
    return (await app.inject({
      method: 'POST', url: '/payments/webhook', headers, payload: gzipSync(body),
    })).statusCode
  }
  t.equal(await post(shop, '{"imp_uid":"imp_1"}'), 200)
  const signed = JSON.stringify(webhookOf('Transaction.Paid'))
  t.equal(await post(portone, signed, signatureOf(signed)), 200)
})

test('an app\'s broken unpacking is the sender\'s error, not ours', async (t) => {
  const shop = await openLimited(t, {
    prepare: (app) => { app.addHook('preParsing', async (_request, _reply, payload) => payload.pipe(createGunzip())) }
  })
  t.equal((await shop.post({ imp_uid: 'imp_1' })).statusCode, 400)
})

test('what is too large is not parsed, and completes nothing', async (t) => {
  let parsed = 0
  const shop = await openLimited(t, {
    prepare: (app) => {
      app.addContentTypeParser(FORM, { parseAs: 'string' }, (_request, body, done) => {
        parsed++
        done(null, { ...Object.fromEntries(new URLSearchParams(String(body))) })
      })
    }
  })
  for (const { url, maxBytes } of ROUTES) t.equal((await shop.form(formOf(maxBytes + 1), url)).statusCode, 413)
  t.equal(parsed, 0)
  t.equal(shop.upstream.seen.length, 0)
})

test('the app\'s own routes keep their own limits', async (t) => {
  const shop = await openLimited(t)
  shop.app.post('/echo', async ({ body }) => Object(body).more.length)
  t.equal((await shop.post({ more: 'x'.repeat(2 ** 19) }, '/echo')).statusCode, 200)
})

test('of a form of many fields no more than 1000 are read, the payment among the first', async (t) => {
  const shop = await openLimited(t)
  const fields = Array.from({ length: 16_000 }, (_, index) => `${index.toString(36)}=`).join('&').slice(0, 60 * 1024)
  t.equal((await shop.form(`imp_uid=imp_1&${fields}`)).statusCode, 200)
  const [call] = shop.calls
  const body: unknown = call?.context.request?.body
  t.equal(Object.keys(Object(body)).length, 1000)
})
