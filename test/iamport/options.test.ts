import { createRequire } from 'node:module'
import { test } from 'tap'
import Fastify from 'fastify'
import { Agent } from 'undici'
import iamport, { iamportOptions, memoryLedger, type Ledger } from '../../lib/index.js'
import { readOptions } from '../../lib/iamport/options.js'
import { codeOf } from '../../lib/errors.js'

const required = { impKey: 'the-key', impSecret: 'the-secret', getExpectedAmount: () => 14000, onPaid: () => {} }
/** What plain JavaScript may hand in, seen as the options that TypeScript would want. */
const untyped = (options: object) => readOptions(Object.assign(Object.create(null), options))

function refusal (options: object): Error {
  try {
    untyped(options)
  } catch (error) {
    if (error instanceof Error) return error
  }
  throw new Error('these options were taken')
}

const WRONG: Record<string, unknown[]> = {
  impKey: [undefined, null, '', 1, {}, ['the-key']],
  impSecret: [undefined, null, '', 1, {}, ['the-secret']],
  getExpectedAmount: [undefined, null, 14000, 'hook', {}],
  onPaid: [undefined, null, true, 'hook', {}],
  onVbank: [null, true, 'hook', {}],
  onFail: [null, 1, 'hook', {}],
  onCancel: [null, 1, 'hook', {}],
  onConfirm: [null, 1, 'hook', {}],
  routes: [null, true, '/pay', []],
  prefix: [null, 1, false],
  redirects: [null, '/done', []],
  cancelOnMismatch: [null, 'false', 0],
  acceptTestPayments: [null, 'true', 1],
  ledger: [null, {}, { once: true }, () => {}, { once () {}, find: 5 }, { once () {}, find: null }],
  webhook: [null, true, []],
  reconcile: [
    null, true, {}, { everyMs: 1000 }, { everyMs: 0, lookbackMs: 1000 }, { everyMs: 2 ** 31, lookbackMs: 2 ** 32 },
    { everyMs: 2000, lookbackMs: 1999 },
  ],
  locale: [null, 'KO', 'fr', ''],
  baseUrl: [
    null, '', 'api.iamport.kr', 'ftp://api.iamport.kr', 'http://', 1, 'https://user:pass@host', 'https://host/?a=1',
    'https://host/#a',
  ],
  tier: [null, '', 1, 'a b', 'a\r\nb', '한'],
  dispatcher: [null, {}, { dispatch: 1 }, 'agent'],
  timeoutMs: [null, 0, 0.5, -1, NaN, Infinity, '5000', 2 ** 31],
  budgetMs: [null, 0, -1, NaN, Infinity, '12000', 2 ** 31],
}

for (const [name, values] of Object.entries(WRONG)) {
  test(`${name} is refused where it is of the wrong type, by its name`, async (t) => {
    for (const value of values) {
      const error = refusal({ ...required, [name]: value })
      t.equal(codeOf(error), 'IAMPORT_INVALID_OPTIONS', String(value))
      t.match(error.message, name)
      t.ok(error instanceof TypeError)
    }
  })
}

test('a missing required option is refused, by its name', async (t) => {
  for (const name of Object.keys(required)) {
    const { [name]: _, ...others } = { ...required } as Record<string, unknown>
    const error = refusal(others)
    t.equal(codeOf(error), 'IAMPORT_INVALID_OPTIONS')
    t.match(error.message, name)
  }
})

test('an unknown option is refused at every level, by its name', async (t) => {
  for (const [options, name] of [
    [{ onPayed: () => {} }, 'onPayed'],
    [{ routes: { completed: '/a' } }, 'routes.completed'],
    [{ redirects: { failed: '/a' } }, 'redirects.failed'],
    [{ webhook: { addresses: [] } }, 'webhook.addresses'],
    [{ 'routes.complete': '/a' }, 'routes.complete'],
    [{ 'constructor.name': 'a' }, 'constructor.name'],
  ] as const) {
    const error = refusal({ ...required, ...options })
    t.equal(codeOf(error), 'IAMPORT_INVALID_OPTIONS')
    t.ok(error.message.includes(name), error.message)
  }
})

for (const [options, message] of [
  [{ impKey: '' }, 'impKey: empty: is IMP_KEY set?'],
  [{ impKey: undefined }, 'impKey: required: is IMP_KEY set?'],
  [{ impSecret: '' }, 'impSecret: empty: is IMP_SECRET set?'],
  [{ impSecret: 7 }, 'impSecret: expected a text that is not empty'],
  [{ impKey: undefined, apiSecret: 'a' },
    'apiSecret: an option of PortOne V2: import the plugin of fastify-iamport/portone'],
  [{ storeId: 'store-1' }, 'storeId: an option of PortOne V2: import the plugin of fastify-iamport/portone'],
  [{ onPaid: undefined }, 'onPaid: required, expected a function'],
  [{ onPayed: () => {} }, 'onPayed: unknown option; did you mean onPaid?'],
  [{ onpaid: () => {} }, 'onpaid: unknown option; did you mean onPaid?'],
  [{ impkey: 'a' }, 'impkey: unknown option; did you mean impKey?'],
  [{ acceptTestPayment: true }, 'acceptTestPayment: unknown option; did you mean acceptTestPayments?'],
  [{ redirects: { payed: '/a' } }, 'redirects.payed: unknown option; did you mean redirects.paid?'],
  [{ redirects: { success: '/a' } }, 'redirects.success: unknown option; known are paid, vbank, fail, pending'],
  [{ locale: 'kr' }, "locale: expected 'ko' or 'en'"],
  [{ cancelOnMismatch: 'false' }, 'cancelOnMismatch: expected true or false'],
  [{ routes: { complete: 'pay' } }, 'routes.complete: expected a path that begins with /, or false'],
  [{ redirects: { paid: 'shop.example/done' } },
    'redirects.paid: expected a path that begins with /, a URL with its scheme (https://), or a function'],
  [{ timeoutMs: '5000' }, 'timeoutMs: expected milliseconds, 1 to 2147483647'],
] as const) {
  test(`the message is "${message}"`, async (t) => {
    const error = refusal({ ...required, ...options })
    t.equal(codeOf(error), 'IAMPORT_INVALID_OPTIONS')
    t.equal(error.message, `fastify-iamport: ${message}`)
  })
}

test('an option that resembles none is answered with all that there are', async (t) => {
  const { message } = refusal({ ...required, vaultKey: 'S3CRET-value' })
  for (const name of [...Object.keys(required), ...Object.keys(WRONG)]) t.ok(message.includes(` ${name}`), name)
  t.notMatch(message, 'S3CRET')
})

test('routes are paths or false, redirects are paths, URLs or functions', async (t) => {
  for (const name of ['complete', 'redirect', 'webhook', 'confirm']) {
    for (const wrong of ['', 'pay', true, null, 1, 'https://shop/pay']) {
      t.match(refusal({ ...required, routes: { [name]: wrong } }).message, `routes.${name}`)
    }
    t.doesNotThrow(() => untyped({ ...required, routes: { [name]: '/x' } }))
    t.doesNotThrow(() => untyped({ ...required, routes: { [name]: false } }))
  }
  for (const name of ['paid', 'vbank', 'fail', 'pending']) {
    for (const wrong of ['', true, null, 1, {}, 'done', '?a', 'www.shop.example', 'localhost:3000/done', ' /done']) {
      t.match(refusal({
        ...required, redirects: { [name]: wrong },
      }).message, `redirects.${name}`)
    }
    for (const right of [() => '/x', '/', '//cdn.example/done', 'https://shop.example/done', 'myapp://done']) {
      t.doesNotThrow(() => untyped({ ...required, redirects: { [name]: right } }))
    }
  }
})

test('allowed addresses are addresses or CIDR ranges', async (t) => {
  const wrong = [
    '', 'host', '1.2.3', '1.2.3.4/33', '1.2.3.4/-1', '1.2.3.4/', '1.2.3.4/8/8', '::1/129', '01.2.3.4', '1.2.3.4 ', '*',
  ]
  for (const entry of wrong) {
    const error = refusal({ ...required, webhook: { allowedAddresses: ['127.0.0.1', entry] } })
    t.equal(codeOf(error), 'IAMPORT_INVALID_OPTIONS', entry)
    t.match(error.message, 'webhook.allowedAddresses.1')
  }
  for (const entry of [
    '1.2.3.4', '1.2.3.4/0', '1.2.3.4/32', '::1', '::/0', '::1/128', '2001:db8::/32', '::ffff:1.2.3.4',
  ]) {
    t.doesNotThrow(() => untyped({ ...required, webhook: { allowedAddresses: [entry] } }), entry)
  }
  const empty = refusal({ ...required, webhook: { allowedAddresses: [] } })
  t.equal(codeOf(empty), 'IAMPORT_INVALID_OPTIONS', 'an empty list would let nobody in')
  t.match(empty.message, 'webhook.allowedAddresses')
  t.match(refusal({ ...required, webhook: { allowedAddresses: '127.0.0.1' } }).message, 'webhook.allowedAddresses')
  t.match(refusal({ ...required, webhook: { allowedAddresses: [1] } }).message, 'webhook.allowedAddresses')
})

test('no message of a refusal shows a secret, not even one in the wrong place', async (t) => {
  const secret = 'S3CRET-value'
  const places = [
    { impKey: [secret] }, { impSecret: { secret } }, { impSecret: [secret], impKey: 1 }, { locale: secret },
    { baseUrl: secret },
    { baseUrl: `https://user:${secret}@host` }, { baseUrl: `https://host/?key=${secret}` }, { timeoutMs: secret },
    { routes: { complete: secret } }, { webhook: { allowedAddresses: [secret] } }, { redirects: { paid: { secret } } },
    { tier: `${secret} ` }
  ]
  for (const place of places) {
    const error = refusal({ ...required, impSecret: secret, ...place })
    t.notMatch(`${error.message} ${error.stack}`, secret, JSON.stringify(place))
  }
})

test('the defaults are those of the table', async (t) => {
  const settings = untyped(required)
  t.strictSame(settings.routes, {
    complete: '/payments/complete', redirect: '/payments/complete/mobile', webhook: '/payments/webhook', confirm: false,
  })
  t.match(settings, {
    cancelOnMismatch: true,
    acceptTestPayments: false,
    locale: 'ko',
    baseUrl: 'https://api.iamport.kr',
    timeoutMs: 5000,
    budgetMs: 12000,
    redirects: {},
  })
  t.equal(settings.allowedAddresses, undefined)
  t.equal(settings.tier, undefined)
  t.equal(settings.dispatcher, undefined)
  t.equal(typeof settings.ledger.once, 'function')
  t.equal(untyped({ ...required, onConfirm: () => {} }).routes.confirm, '/payments/confirm')
  t.equal(untyped({ ...required, routes: { confirm: '/c' } }).routes.confirm, false, 'nothing to ask')
})

test('the limits of durations are taken', async (t) => {
  for (const [timeoutMs, budgetMs] of [[1, 1], [2 ** 31 - 1, 2 ** 31 - 1], [1, 2 ** 31 - 1], [4999.5, 5000]]) {
    t.match(untyped({ ...required, timeoutMs, budgetMs }), { timeoutMs, budgetMs })
  }
})

test('one request may have more time than a notification, whose end cuts it off', async (t) => {
  t.match(untyped({ ...required, timeoutMs: 5001, budgetMs: 5000 }), { timeoutMs: 5001, budgetMs: 5000 })
  t.match(untyped({ ...required, timeoutMs: 12_001 }), { timeoutMs: 12_001, budgetMs: 12_000 })
  t.match(untyped({ ...required, budgetMs: 1 }), { timeoutMs: 5000, budgetMs: 1 })
})

test('a ledger and a dispatcher may be objects of a class, with their methods on its prototype', async (t) => {
  class OwnLedger implements Ledger {
    async once<T> (_key: string, work: (tx: undefined) => Promise<T>) {
      return {
        value: await work(undefined), replayed: false,
      }
    }
  }
  const agent = new Agent()
  t.teardown(() => agent.close())
  t.doesNotThrow(() => untyped({ ...required, ledger: new OwnLedger() }))
  t.doesNotThrow(() => untyped({ ...required, dispatcher: agent }))
})

test('a dispatcher of undici 6 is refused, and the message says what is wanted', async (t) => {
  const { Agent: Agent6 }: typeof import('undici') = createRequire(import.meta.url)('undici6')
  const error = refusal({ ...required, dispatcher: new Agent6() })
  t.match(error, { code: 'IAMPORT_INVALID_OPTIONS', message: /dispatcher: expected one of undici 7 or 8/ })
})

test('an option given as undefined is its default', async (t) => {
  const all = Object.fromEntries(Object.keys(WRONG).map((name) => [name, undefined]))
  t.match(untyped({ ...all, ...required }), { cancelOnMismatch: true, locale: 'ko', timeoutMs: 5000 })
  t.match(untyped({
    ...required,
    routes: { complete: undefined },
    redirects: { paid: undefined },
    webhook: { allowedAddresses: undefined },
  }).routes,
  { complete: '/payments/complete' })
})

test('frozen options are taken, and no option object is changed', async (t) => {
  const options = Object.freeze({
    ...required,
    routes: Object.freeze({ complete: '/c' }),
    redirects: Object.freeze({ paid: '/p' }),
    webhook: Object.freeze({ allowedAddresses: Object.freeze(['127.0.0.1']) }),
    ledger: Object.freeze(memoryLedger()),
  })
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(iamport, options)
  t.equal(app.hasRoute({ method: 'POST', url: '/c' }), true)
})

test('registration fails with the code, and nothing else of the app is touched', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await t.rejects(async () => app.register(iamport, iamportOptions({ ...required, impSecret: '' })), {
    code: 'IAMPORT_INVALID_OPTIONS',
  })
  t.equal(app.hasDecorator('iamport'), false)
})

test('nothing is read from the environment', async (t) => {
  const before = { ...process.env }
  t.teardown(() => { process.env = before })
  Object.assign(process.env, { IMP_KEY: 'k', IMP_SECRET: 's', IAMPORT_IMP_KEY: 'k' })
  t.match(refusal({ getExpectedAmount: () => 1, onPaid: () => {} }).message, 'impKey')
})
