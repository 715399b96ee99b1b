import formbody from '@fastify/formbody'
import Fastify, { type FastifyInstance } from 'fastify'
import { test } from 'tap'
import { openPortoneShop } from '../support/portone-shop.js'
import { outage as portoneOutage, paid } from '../support/portone-upstream.js'
import { openShop } from '../support/shop.js'
import { deferred, isLookup, outage, payment } from '../support/upstream.js'

const coercing = {
  ajv: { customOptions: { removeAdditional: 'all', coerceTypes: 'array', useDefaults: true, allErrors: true } },
} as const

test('Fastify calls its own error handler as the routes know it, and an app\'s otherwise', async (t) => {
  const app = Fastify()
  t.equal(app.errorHandler.name, 'defaultErrorHandler', 'or else prepareScope logs errors twice')
  app.setErrorHandler(function ofTheApp (error) { throw error })
  t.not(app.errorHandler.name, 'defaultErrorHandler')
})

test('an app\'s Ajv options change nothing of what is taken', async (t) => {
  const shop = await openShop(t, {}, [payment({ imp_uid: '1', merchant_uid: 'order_1' })], { server: coercing })
  t.equal((await shop.post({ imp_uid: 1 })).statusCode, 400, 'a number is not made text')
  t.equal((await shop.post({ imp_uid: ['1'] })).statusCode, 400, 'an array is not unpacked')
  t.equal((await shop.post({ imp_uid: '1', coupon: 'x' })).statusCode, 200)
  t.match(shop.calls, [
    { context: { request: { body: { imp_uid: '1', coupon: 'x' } } } },
  ], 'fields that we do not know stay')
})

test('an app\'s validator compiler does not see our routes', async (t) => {
  const shop = await openShop(t, {}, undefined, {
    prepare: (app) => { app.setValidatorCompiler(() => () => ({ error: new Error('everything is wrong') })) }
  })
  t.equal((await shop.post({ imp_uid: 'imp_1' })).statusCode, 200)
  const lenient = await openShop(t, {}, undefined, { prepare: (app) => { app.setValidatorCompiler(() => () => true) } })
  t.equal((await lenient.post({ imp_uid: '../users' })).statusCode, 400)
})

test('an app whose onRoute hook declares headers for all routes starts, and no notification lacks them', async (t) => {
  const headers = { type: 'object', required: ['x-tenant'], properties: { 'x-tenant': { type: 'string' } } }
  const prepare = (app: FastifyInstance) => {
    app.addHook('onRoute', (route) => { route.schema = { ...route.schema, headers, querystring: headers } })
  }
  const shop = await openShop(t, { onConfirm () {}, redirects: { paid: '/done' } }, undefined, { prepare })
  t.equal((await shop.notify()).statusCode, 200)
  t.equal((await shop.post({ imp_uid: 'imp_1' })).statusCode, 200)
  t.equal((await shop.post({ imp_uid: '..' })).statusCode, 400, 'bodies are checked as ever')
  t.match((await shop.redirect()).headers.location, /^\/done/)
  const portone = await openPortoneShop(t, { onConfirm () {} }, undefined, { prepare })
  t.equal((await portone.notify()).statusCode, 200)
  t.equal((await portone.post({ paymentId: 'order_1' })).statusCode, 200)
})

test('an app\'s serializer compiler does not change our replies', async (t) => {
  const shop = await openShop(t, {}, undefined, {
    prepare: (app) => { app.setSerializerCompiler(() => () => '"nothing"') },
  })
  t.match((await shop.post({ imp_uid: 'imp_1' })).json(), { status: 'paid' })
  t.match((await shop.post({ imp_uid: 'imp_9' })).json(), { code: 'IAMPORT_PAYMENT_NOT_FOUND' })
})

test('an app\'s reply serializer does not change our replies', async (t) => {
  const shop = await openShop(t, {}, undefined, {
    prepare: (app) => { app.setReplySerializer((payload) => JSON.stringify({ wrapped: payload })) },
  })
  t.match((await shop.post({ imp_uid: 'imp_1' })).json(), { status: 'paid' })
})

test('an app\'s schema error formatter does not change the code', async (t) => {
  const shop = await openShop(t, {}, undefined, { server: { schemaErrorFormatter: () => new Error('house style') } })
  t.match((await shop.post({ imp_uid: '..' })).json(), { statusCode: 400, code: 'FST_ERR_VALIDATION' })
})

for (const [when, surroundings, after] of [
  ['before', { prepare: async (app: FastifyInstance) => { await app.register(formbody) } }, undefined],
  ['after', {}, async (app: FastifyInstance) => { await app.register(formbody) }],
] as const) {
  test(`an app that registers a form parser ${when} us works, and so do we`, async (t) => {
    const shop = await openShop(t, {}, undefined, surroundings)
    await after?.(shop.app)
    shop.app.post('/echo', async ({ body }) => body)
    t.strictSame((await shop.form('a=1', '/echo')).json(), { a: '1' })
    t.equal((await shop.form('imp_uid=imp_1')).statusCode, 200)
  })
}

test('an app\'s own form parser is used, and its nested fields reach the hook', async (t) => {
  const shop = await openShop(t, {}, undefined, {
    prepare: (app) => {
      app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => {
        done(null, { ...Object.fromEntries(new URLSearchParams(String(body))), nested: { a: 1 } })
      })
    }
  })
  t.equal((await shop.form('imp_uid=imp_1')).statusCode, 200)
  t.match(shop.calls, [{ context: { request: { body: { nested: { a: 1 } } } } }])
})

test('an app whose forms are URLSearchParams still gives us forms, webhooks too', async (t) => {
  const shop = await openShop(t, { onConfirm () {} }, undefined, {
    prepare: (app) => {
      app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => {
        done(null, new URLSearchParams(String(body)))
      })
    }
  })
  t.equal((await shop.form('imp_uid=imp_1&coupon=x')).statusCode, 200)
  t.match(shop.calls, [{ context: { request: { body: { imp_uid: 'imp_1', coupon: 'x' } } } }])
  t.equal((await shop.form('imp_uid=imp_1', '/payments/webhook')).statusCode, 200)
  t.equal((await shop.form('imp_uid=imp_1&merchant_uid=o&amount=14000', '/payments/confirm')).statusCode, 200)
  t.equal((await shop.form('imp_uid=imp_1&imp_uid=imp_2')).statusCode, 400)
})

for (const parseAs of ['string', 'buffer'] as const) {
  test(`an app that keeps bodies as a ${parseAs} still gives us forms and JSON`, async (t) => {
    const shop = await openShop(t, {}, undefined, {
      prepare: (app) => {
        app.addContentTypeParser([
          'application/json', 'application/x-www-form-urlencoded',
        ], { parseAs }, (_request, body, done) => done(null, body))
      }
    })
    t.equal((await shop.form('imp_uid=imp_1&coupon=x')).statusCode, 200)
    t.match(shop.calls, [{ context: { request: { body: { imp_uid: 'imp_1', coupon: 'x' } } } }])
    t.equal((await shop.form('imp_uid=imp_1&imp_uid=imp_2')).statusCode, 400)
    t.equal((await shop.post({ imp_uid: 'imp_1' })).statusCode, 200)
    t.equal((await shop.post('imp_uid=imp_1')).statusCode, 400, 'text that came as JSON is no form')
  })
}

test('an app that takes every type by itself still gives us forms', async (t) => {
  const shop = await openShop(t, {}, undefined, {
    prepare: (app) => { app.addContentTypeParser('*', (_request, _payload, done) => done(null, 'anything')) }
  })
  t.equal((await shop.form('imp_uid=imp_1')).statusCode, 200)
  t.equal((await shop.post({ imp_uid: 'imp_1' })).statusCode, 200)
})

test('our form parser does not leak into an app that has none', async (t) => {
  const shop = await openShop(t)
  shop.app.post('/echo', async ({ body }) => body)
  t.equal((await shop.form('a=1', '/echo')).statusCode, 415)
})

test('our validator and serializer do not leak into the app', async (t) => {
  const shop = await openShop(t)
  shop.app.post('/strict', {
    schema: {
      body: { type: 'object', properties: { n: { type: 'integer' } } },
      response: { 200: { type: 'object', properties: { n: { type: 'integer' } } } },
    }
  },
  async ({ body }) => ({ ...Object(body), secret: 1 }))
  t.strictSame((await shop.post({ n: '7' }, '/strict')).json(), { n: 7 })
})

test('an app\'s error handler gets our codes, and Retry-After is there all the same', async (t) => {
  const codes: unknown[] = []
  const shop = await openShop(t, {}, undefined, {
    prepare: (app) => {
      app.setErrorHandler((error: { code?: string, statusCode?: number }, _request, reply) => {
        codes.push(error.code)
        return reply.code(error.statusCode ?? 500).send({ mine: error.code })
      })
    }
  })
  t.strictSame((await shop.post({ imp_uid: 'imp_9' })).json(), { mine: 'IAMPORT_PAYMENT_NOT_FOUND' })
  t.strictSame((await shop.post({ imp_uid: '..' })).json(), { mine: 'FST_ERR_VALIDATION' })
  shop.upstream.script = (seen, response) => isLookup(seen) && outage(response)
  const reply = await shop.post({ imp_uid: 'imp_1' })
  t.equal(reply.statusCode, 503)
  t.match(reply.headers['retry-after'], /^\d+$/)
  t.match(
    (await shop.redirect('?imp_uid=..')).headers['content-type'], /^text\/html/,
    'a refused redirect is no error of the app'
  )
  t.strictSame(codes, ['IAMPORT_PAYMENT_NOT_FOUND', 'FST_ERR_VALIDATION', 'IAMPORT_UNAVAILABLE'])
})

const turnsAllInto400 = (app: FastifyInstance) => {
  app.setErrorHandler((_error, _request, reply) => reply.code(400).send({ problem: 'something went wrong' }))
}

test('the provider gets our status whatever the app\'s error handler does, and onError hooks run', async (t) => {
  const seen: unknown[] = []
  const prepare = (app: FastifyInstance) => {
    turnsAllInto400(app)
    app.addHook('onError', async (_request, _reply, error) => { seen.push(error.code) })
  }
  const confirmed = { merchant_uid: 'order_1', amount: 14000 }
  const shop = await openShop(t, { onConfirm () {} }, undefined, { prepare })
  for (const [statusCode, code, body, path] of [
    [404, 'IAMPORT_PAYMENT_NOT_FOUND', { imp_uid: 'imp_9' }, 'webhook'],
    [400, 'FST_ERR_VALIDATION', { imp_uid: '..' }, 'webhook'],
    [400, 'FST_ERR_VALIDATION', confirmed, 'confirm'],
    [503, 'IAMPORT_UNAVAILABLE', { imp_uid: 'imp_1' }, 'webhook'],
  ] as const) {
    if (statusCode === 503) shop.upstream.script = (seen, response) => isLookup(seen) && outage(response)
    const reply = await shop.post(body, `/payments/${path}`)
    const { message, ...rest } = reply.json()
    t.match(rest, { statusCode, code, error: String })
    t.strictSame([reply.statusCode, typeof message, seen.pop()], [statusCode, 'string', code])
    t.equal('retry-after' in reply.headers, statusCode === 503)
  }
  t.equal((await shop.post('{', '/payments/webhook')).statusCode, 400)
  const toBuyer = await shop.post({ imp_uid: 'imp_1' })
  t.strictSame(toBuyer.json(), { problem: 'something went wrong' }, 'a buyer gets the app\'s own')

  const portone = await openPortoneShop(t, { onConfirm () {} }, undefined, { prepare })
  for (const path of ['webhook', 'confirm']) {
    const reply = await portone.post({}, `/payments/${path}`)
    t.strictSame([reply.statusCode, reply.json().code, seen.pop()], [403, 'IAMPORT_FORBIDDEN', 'IAMPORT_FORBIDDEN'])
  }
  portone.upstream.on('lookup', portoneOutage())
  t.match((await portone.notify()).json(), { statusCode: 503, code: 'IAMPORT_UNAVAILABLE' })
})

test('an error on the provider\'s route that is not ours has Fastify\'s shape too, and is logged once', async (t) => {
  const thrown: unknown[] = [
    new Error('no database'), Object.assign(new Error('log in'), { statusCode: 401, code: 'LOGIN' }),
    Object.assign(new Error('odd'), { statusCode: 200 }),
  ]
  const lines: { level: number, msg: string, err?: object }[] = []
  const logger = { stream: { write: (line: string) => { lines.push(JSON.parse(line)) } } }
  let error = thrown[0]
  const shop = await openShop(t, {}, undefined, {
    server: { logger },
    prepare: (app) => {
      turnsAllInto400(app)
      app.addHook('preHandler', async () => { throw error })
    },
  })
  const expected = [[500, 'no database', 50], [401, 'log in', 30], [500, 'odd', 50]] as const
  for (const [index, [statusCode, message, level]] of expected.entries()) {
    error = thrown[index]
    lines.length = 0
    const reply = await shop.notify()
    t.equal(reply.statusCode, statusCode)
    t.match(reply.json(), { statusCode, message })
    t.strictSame(lines.filter(({ err }) => err).map(({ level, msg }) => [level, msg]), [[level, message]])
  }
})

test('what a hook of the app throws is never answered 200, error or not: a webhook would be lost', async (t) => {
  const attempt = { imp_uid: 'imp_1', merchant_uid: 'order_1', amount: 14000 }
  for (const own of [false, true]) {
    let thrown: unknown
    const shop = await openShop(t, { onConfirm () {} }, undefined, {
      prepare: (app) => {
        if (own) turnsAllInto400(app)
        app.addHook('preHandler', async () => { throw thrown })
      },
    })
    for (const [statusCode, message, what] of [
      [500, 'no database', 'no database'],
      [500, '42', 42],
      [500, 'an object was thrown', { problem: 'no database' }],
      [503, 'under pressure', { statusCode: 503, message: 'under pressure' }],
      [401, 'log in', { status: 401, message: 'log in' }],
    ] as const) {
      thrown = what
      const replies = [await shop.notify(), await shop.post(attempt, '/payments/confirm')]
      for (const reply of replies) t.match([reply.statusCode, reply.json()], [statusCode, { statusCode, message }])
      const toBuyer = await shop.post({ imp_uid: 'imp_1' })
      t.equal(toBuyer.statusCode, own ? 400 : statusCode)
    }
  }
})

test('a 503 that is not ours carries Retry-After too: of the app\'s handlerTimeout, or of a hook', async (t) => {
  const gate = deferred()
  const slow = await openShop(t, { onPaid: () => gate.promise }, undefined, { server: { handlerTimeout: 100 } })
  const refusing = (headers: Record<string, string>, fields = {}, status = 200) => openShop(t, {}, undefined, {
    prepare: (app) => {
      app.addHook('preHandler', async (_, reply) => {
        reply.code(status).headers(headers)
        throw Object.assign(new Error('under pressure'), fields)
      })
    },
  })
  const silent = await refusing({}, { statusCode: 503 })
  const precise = await refusing({ 'retry-after': '9' }, { statusCode: 503 })
  const [short, before] = [await refusing({}, { status: 503 }), await refusing({}, {}, 503)]
  for (const [shop, seconds] of [[slow, '5'], [silent, '5'], [precise, '9'], [short, '5'], [before, '5']] as const) {
    const replies = [await shop.post({ imp_uid: 'imp_1' }), await shop.notify({ imp_uid: 'imp_1' })]
    for (const { statusCode, headers } of replies) t.strictSame([statusCode, headers['retry-after']], [503, seconds])
  }
  gate.resolve()
})

test('a status that a hook of the app has set is not that of an outage: it would not be redelivered', async (t) => {
  const shop = await openShop(t, {}, undefined, {
    prepare: (app) => { app.addHook('preHandler', async (_, reply) => { reply.code(403) }) },
  })
  shop.upstream.script = (seen, response) => isLookup(seen) && outage(response)
  for (const reply of [await shop.notify(), await shop.post({ imp_uid: 'imp_1' })]) {
    t.strictSame([reply.statusCode, reply.headers['retry-after']], [503, '60'])
    t.match(reply.json(), { statusCode: 503, code: 'IAMPORT_UNAVAILABLE' })
  }
})

test('hooks of the app around us run for our routes, as with any plugin', async (t) => {
  const shop = await openShop(t, {}, undefined, {
    prepare: (app) => {
      app.addHook('preHandler', async (request, reply) => {
        if (request.headers['x-blocked'] === '1') await reply.code(401).send({ blocked: true })
      })
    }
  })
  t.equal((await shop.app.inject({
    method: 'POST', url: '/payments/webhook', headers: { 'x-blocked': '1' }, payload: { imp_uid: 'imp_1' },
  })).statusCode, 401)
  t.equal(shop.upstream.seen.length, 0)
  t.equal((await shop.notify()).statusCode, 200)
})

test('an app in strict, caseless or slash-blind routing finds our routes', async (t) => {
  const shop = await openShop(t, {}, undefined, {
    server: { routerOptions: { caseSensitive: false, ignoreTrailingSlash: true } },
  })
  t.equal((await shop.post({ imp_uid: 'imp_1' }, '/Payments/Complete/')).statusCode, 200)
})

test('a custom query parser of the app does not make two imp_uid of one', async (t) => {
  const shop = await openShop(t, { redirects: { fail: '/failed' } }, undefined, {
    server: { routerOptions: { querystringParser: (query) => Object.fromEntries(new URLSearchParams(query)) } }
  })
  t.equal((await shop.redirect('?imp_uid=imp_1')).statusCode, 200)
})

test('a query parser of the app that makes numbers of digits fails no payment, and hooks have its query', async (t) => {
  const parser = (query: string) => Object.fromEntries(
    [...new URLSearchParams(query)].map(([name, value]) => [name, /^\d+$/.test(value) ? Number(value) : value]))
  const server = { routerOptions: { querystringParser: parser } }
  const seen: unknown[] = []
  const redirects = {
    paid: (_: unknown, { query }: { query: unknown }) => {
      seen.push(query)
      return '/done'
    },
  }
  const order = '2026120100000000001' // more digits than a number holds
  const shop = await openShop(t, { redirects }, [payment({ merchant_uid: order })], { server })
  for (const query of [`imp_uid=imp_1&merchant_uid=${order}&item=7`, `merchant_uid=${order}&item=7`]) {
    t.equal((await shop.redirect(`?${query}`)).headers.location, '/done')
    t.match(seen.pop(), { item: 7 })
  }
  const portone = await openPortoneShop(t, { redirects }, [paid({ id: order })], { server })
  t.equal((await portone.redirect(`?paymentId=${order}`)).headers.location, '/done')
})

for (const [what, statusCode] of [['that fails', 500], ['without a database', 503], ['that limits', 429]] as const) {
  test(`a buyer who returns to an app with a hook ${what} is told not to pay again`, async (t) => {
    const prepare = (app: FastifyInstance) => {
      turnsAllInto400(app)
      const refusal: unknown = { statusCode, message: 'refused' }
      app.addHook('onRequest', async () => { throw refusal })
    }
    const names = { query: '?imp_uid=imp_1&merchant_uid=order_1', url: '/checking?imp_uid=imp_1&merchant_uid=order_1' }
    const shop = await openShop(t, { redirects: { pending: '/checking' } }, undefined, { prepare })
    const reply = await shop.redirect(names.query)
    t.strictSame([reply.statusCode, reply.headers.location], [302, names.url])
    t.equal(reply.headers['retry-after'], statusCode === 503 ? '5' : undefined)
    const bare = await openShop(t, {}, undefined, { prepare })
    const page = await bare.redirect(names.query)
    t.equal(page.statusCode, statusCode)
    t.match(page.body, /다시 결제하지 마시고/)
    const portone = await openPortoneShop(t, { redirects: { pending: '/checking' } }, undefined, { prepare })
    t.equal((await portone.redirect()).headers.location, '/checking?merchant_uid=order_1')
  })
}

test('what else a hook throws is the app\'s answer to a buyer who returns', async (t) => {
  const refusal: unknown = { statusCode: 401, message: 'log in' }
  const shop = await openShop(t, { redirects: { pending: '/checking' } }, undefined, {
    prepare: (app) => { app.addHook('onRequest', async () => { throw refusal }) },
  })
  const reply = await shop.redirect()
  t.strictSame([reply.statusCode, reply.json().message], [401, 'log in'])
})

test('a buyer for whom the app\'s handlerTimeout is too short is told not to pay again', async (t) => {
  const gate = deferred()
  const lines: { level: number, msg: string, merchant_uid?: string }[] = []
  const logger = { level: 'warn', stream: { write: (line: string) => { lines.push(JSON.parse(line)) } } }
  const shop = await openShop(t, { onPaid: () => gate.promise, redirects: { pending: '/checking' } }, undefined, {
    server: { handlerTimeout: 100, logger },
  })
  lines.length = 0
  const reply = await shop.redirect()
  t.strictSame([reply.statusCode, reply.headers['retry-after']], [302, '5'])
  t.equal(reply.headers.location, '/checking?imp_uid=imp_1&merchant_uid=order_1')
  gate.resolve()
  t.equal((await shop.notify()).json().status, 'paid')
  t.match(lines, [{ level: 50, merchant_uid: 'order_1' }], 'one line, and none of a second reply')
})

test('paths are the ones configured, and a prefix comes before all of them', async (t) => {
  const shop = await openShop(t, {
    prefix: '/shop',
    routes: { complete: '/done', redirect: '/back', webhook: '/hook', confirm: '/may' },
    onConfirm: () => {},
  })
  t.equal((await shop.post({ imp_uid: 'imp_1' }, '/shop/done')).statusCode, 200)
  t.equal((await shop.post({ imp_uid: 'imp_1' }, '/shop/hook')).statusCode, 200)
  t.equal((await shop.post({ imp_uid: 'imp_1', merchant_uid: 'o', amount: 14000 }, '/shop/may')).statusCode, 200)
  t.equal((await shop.app.inject('/shop/back?imp_uid=imp_1')).statusCode, 200)
  for (const url of [
    '/done', '/payments/complete', '/shop/payments/complete',
  ]) t.equal((await shop.post({ imp_uid: 'imp_1' }, url)).statusCode, 404, url)
})

test('a route that is false is not there', async (t) => {
  for (const name of ['complete', 'redirect', 'webhook'] as const) {
    const shop = await openShop(t, { routes: { [name]: false } })
    const status = {
      complete: (await shop.post({ imp_uid: 'imp_1' })).statusCode,
      webhook: (await shop.notify()).statusCode,
      redirect: (await shop.redirect()).statusCode,
    }
    t.strictSame(status, { complete: 200, webhook: 200, redirect: 200, [name]: 404 })
  }
})
