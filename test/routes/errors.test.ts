import t, { type Test } from 'tap'
import * as errors from '../../lib/errors.js'
import { openShop } from '../support/shop.js'
import { hangUp, html, isLookup, isToken, json, outage, payment, refuse, type Script } from '../support/upstream.js'

// Side by side, as they wait.
t.jobs = 8
const test = (name: string, work: (t: Test) => Promise<void>) => t.test(name, { buffered: true }, work)

const STATUS_TEXT: Record<number, string> = {
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout'
}

for (const [what, statusCode, code, script] of [
  ['an HTML answer', 502, 'IAMPORT_BAD_GATEWAY', (seen, response) => isLookup(seen) && html(response, 200)],
  ['a proxy\'s 404', 502, 'IAMPORT_BAD_GATEWAY', (seen, response) => isLookup(seen) && html(response, 404)],
  [
    'code 1 with HTTP 200', 502, 'IAMPORT_BAD_GATEWAY',
    (seen, response) => isLookup(seen) && refuse(response, 200, 'no', 1),
  ],
  ['a redirect', 502, 'IAMPORT_BAD_GATEWAY', (seen, response) => isLookup(seen) && refuse(response, 301)],
  [
    'an unknown status', 502, 'IAMPORT_BAD_GATEWAY',
    (seen, response) => isLookup(seen) && json(response, { code: 0, response: payment({ status: 'settling' }) }),
  ],
  [
    'an amount of text', 502, 'IAMPORT_BAD_GATEWAY',
    (seen, response) => isLookup(seen) && json(response, { code: 0, response: { ...payment(), amount: '14000' } }),
  ],
  ['a refused key', 502, 'IAMPORT_UNAUTHORIZED', (seen, response) => isToken(seen) && refuse(response, 401)],
  ['a refused token', 502, 'IAMPORT_UNAUTHORIZED', (seen, response) => isLookup(seen) && refuse(response, 401)],
  ['no connection', 503, 'IAMPORT_UNAVAILABLE', (_, response) => hangUp(response)],
  [
    '500 from the token endpoint', 503, 'IAMPORT_UNAVAILABLE',
    (seen, response) => isToken(seen) && outage(response, 500),
  ],
  ['500', 503, 'IAMPORT_UNAVAILABLE', (seen, response) => isLookup(seen) && outage(response, 500)],
  ['429', 503, 'IAMPORT_UNAVAILABLE', (seen, response) => isLookup(seen) && outage(response, 429)],
  ['an answer cut off', 503, 'IAMPORT_UNAVAILABLE', (seen, response) => {
    if (isLookup(seen)) response.writeHead(200, { 'content-length': '100' }).write('{', () => response.destroy())
    return isLookup(seen)
  }],
  ['silence', 504, 'IAMPORT_TIMEOUT', isLookup],
  ['silence of the token endpoint', 504, 'IAMPORT_TIMEOUT', isToken],
] as [string, number, string, Script][]) {
  test(`${what} is answered with ${statusCode} ${code}, and no hook runs`, async (t) => {
    // Short only where nothing answers: a busy machine needs its time for the others.
    const shop = await openShop(t, what.startsWith('silence') ? { budgetMs: 500, timeoutMs: 250 } : {})
    shop.upstream.script = script
    const reply = await shop.post({ imp_uid: 'imp_1' })
    t.equal(reply.statusCode, statusCode)
    const { message, ...rest } = reply.json()
    t.strictSame(rest, { statusCode, code, error: STATUS_TEXT[statusCode] })
    t.equal(typeof message, 'string')
    t.match(reply.headers['content-type'], /^application\/json/)
    if (statusCode > 502) t.match(reply.headers['retry-after'], /^[1-9]\d*$/)
    else t.notOk('retry-after' in reply.headers)
    t.strictSame(shop.ran(), [])
    t.strictSame(shop.upstream.cancellations(), [])
  })
}

test('a hook\'s error is a 500 of ours, whatever it says or wants to be', async (t) => {
  const errors = [
    new Error('password 1234'), Object.assign(new Error('1234'), { statusCode: 200, code: 'OK' }),
    Object.assign(new Error('1234'), { statusCode: 402, headers: { 'x-evil': '1234' } }),
    '1234', null, undefined, 0, { message: '1234' },
  ]
  for (const thrown of errors) {
    for (const hook of [
      { onPaid: () => { throw thrown } }, { getExpectedAmount: () => { throw thrown } },
      { onPaid: async () => { throw thrown } },
    ]) {
      const shop = await openShop(t, hook)
      const reply = await shop.post({ imp_uid: 'imp_1' })
      const { message, ...rest } = reply.json()
      t.strictSame(rest, { statusCode: 500, code: 'IAMPORT_HOOK_FAILED', error: 'Internal Server Error' })
      t.notMatch(reply.payload + JSON.stringify(reply.headers), '1234')
      t.strictSame(shop.upstream.cancellations(), [])
    }
  }
})

test('what the provider asks for as Retry-After is passed on, whichever way the buyer came', async (t) => {
  const shop = await openShop(t, { redirects: { pending: '/checking' }, budgetMs: 1000 })
  shop.upstream.script = (seen, response) => isLookup(seen) && json(response, {}, 503, { 'retry-after': '77' })
  t.equal((await shop.post({ imp_uid: 'imp_1' })).headers['retry-after'], '77')
  t.equal((await shop.notify()).headers['retry-after'], '77')
  t.equal((await shop.redirect()).headers['retry-after'], '77')
})

test('every code is made once, with its status', async (t) => {
  const made: Record<string, number> = {}
  for (const [error, args] of [
    [errors.InvalidOptionsError, ['x']], [errors.ValidationError, ['x']], [errors.PaymentNotFoundError, []],
    [errors.OrderMismatchError, []],
    [errors.ForbiddenError, []], [errors.HookFailedError, []], [errors.BadGatewayError, ['x']],
    [errors.UnauthorizedError, []],
    [errors.UnavailableError, ['x']], [errors.TimeoutError, []], [errors.BusyError, []],
  ] as const) {
    const one = Reflect.construct(error, args)
    t.ok(one instanceof Error)
    made[one.code] = one.statusCode
  }
  t.strictSame(made, {
    IAMPORT_INVALID_OPTIONS: 500,
    FST_ERR_VALIDATION: 400,
    IAMPORT_PAYMENT_NOT_FOUND: 404,
    IAMPORT_ORDER_MISMATCH: 409,
    IAMPORT_FORBIDDEN: 403,
    IAMPORT_HOOK_FAILED: 500,
    IAMPORT_BAD_GATEWAY: 502,
    IAMPORT_UNAUTHORIZED: 502,
    IAMPORT_UNAVAILABLE: 503,
    IAMPORT_TIMEOUT: 504,
    IAMPORT_BUSY: 503,
  })
})

test('an error keeps its cause', async (t) => {
  const cause = new Error('underneath')
  for (const error of [
    new errors.HookFailedError({ cause }), new errors.BadGatewayError('x', { cause }),
    new errors.UnavailableError('x', { cause }), new errors.UnauthorizedError({ cause }),
  ]) {
    t.equal(error.cause, cause)
    t.notMatch(error.message, /undefined|object/)
  }
})
