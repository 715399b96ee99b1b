import swagger from '@fastify/swagger'
import { Validator } from '@seriousme/openapi-schema-validator'
import Fastify from 'fastify'
import { test } from 'tap'
import iamport from '../../lib/index.js'
import portone from '../../lib/portone/index.js'
import * as errors from '../../lib/errors.js'

interface Operation {
  operationId: string
  tags: string[]
  summary: string
  description: string
  requestBody?: { content: Record<string, { schema: { properties: object }, example: object }> }
  parameters?: { name: string }[]
  responses: Record<string, {
    description: string
    headers?: Record<string, object>
    content?: Record<string, {
      schema: { properties: { code?: { enum: string[] }, status?: { enum: string[] } } }
      examples?: object
    }>
  }>
}
interface Document { openapi: string, paths: Record<string, Record<string, Operation>> }

const hooks = { getExpectedAmount: () => 14000, onPaid () {}, onConfirm () {} }
const v1 = { impKey: 'key', impSecret: 'secret', ...hooks }
const v2 = { apiSecret: 'secret', storeId: 'store', ...hooks }

/** An app with both plugins, and with the one for V1 twice more: below a prefix, and at other addresses. */
async function documentOf (openapi: `3.${number}.${number}`): Promise<Document> {
  const app = Fastify()
  await app.register(swagger, { openapi: { openapi, info: { title: 'Shop', version: '1.0.0' } } })
  await app.register(iamport, v1)
  await app.register(portone, { ...v2, prefix: '/v2' })
  await app.register(async (shop) => { await shop.register(iamport, v1) }, { prefix: '/busan' })
  await app.register(async (shop) => {
    const routes = { complete: '/seoul', redirect: '/seoul/back', webhook: '/seoul/hook', confirm: '/seoul/confirm' }
    await shop.register(iamport, { ...v1, routes })
  })
  await app.ready()
  const document = JSON.parse(JSON.stringify(app.swagger()))
  await app.close()
  return document
}

const operationsOf = ({ paths }: Document) => Object.values(paths).flatMap((path) => Object.values(path))

test('@fastify/response-validation leaves our replies alone', async (t) => {
  const app = Fastify()
  const validated: unknown[] = []
  app.addHook('onRoute', ({ url, schema, ...options }) => { // as that plugin chooses the routes
    if (schema?.response && !('responseValidation' in options && options.responseValidation === false)) {
      validated.push(url)
    }
  })
  await app.register(iamport, v1)
  await app.register(portone, { ...v2, prefix: '/v2' })
  app.get('/own', { schema: { response: { 200: { type: 'object' } } } }, async () => ({}))
  await app.close()
  t.strictSame([...new Set(validated)], ['/own'])
})

for (const version of ['3.0.3', '3.1.0'] as const) {
  test(`the document is valid OpenAPI ${version}`, async (t) => {
    const document = await documentOf(version)
    t.equal(document.openapi, version)
    const { valid, errors } = await new Validator().validate({ ...document })
    t.ok(valid, JSON.stringify(errors))
    const broken = { ...document, info: {} }
    t.notOk((await new Validator().validate(broken)).valid, 'the validator refuses what is wrong')
  })
}

test('the buyer\'s routes are shown, those of the provider are hidden', async (t) => {
  t.strictSame(Object.keys((await documentOf('3.1.0')).paths), [
    '/payments/complete', '/payments/complete/mobile', '/v2/payments/complete', '/v2/payments/complete/mobile',
    '/busan/payments/complete', '/busan/payments/complete/mobile', '/seoul', '/seoul/back',
  ])
})

test('every operation has a name of its own, and says what it is', async (t) => {
  const operations = operationsOf(await documentOf('3.1.0'))
  const names = operations.map(({ operationId }) => operationId)
  t.equal(new Set(names).size, 8)
  t.strictSame(names.slice(0, 2), ['iamport_complete', 'iamport_redirect'])
  for (const { operationId, tags, summary, description } of operations) {
    t.match(operationId, /^(iamport|portone)_(complete|redirect)\w*$/)
    t.strictSame(tags, [operationId.split('_')[0]])
    t.ok(summary && description)
  }
})

test('a body is JSON or a form, with an example that the route takes', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(iamport, { ...v1, baseUrl: 'http://127.0.0.1:9', budgetMs: 1 })
  await app.register(portone, { ...v2, prefix: '/v2', baseUrl: 'http://127.0.0.1:9', budgetMs: 1 })
  const { paths } = await documentOf('3.1.0')
  for (const [url, name] of [['/payments/complete', 'imp_uid'], ['/v2/payments/complete', 'paymentId']] as const) {
    const content = paths[url]?.post?.requestBody?.content ?? {}
    t.strictSame(Object.keys(content), ['application/json', 'application/x-www-form-urlencoded'])
    for (const { schema, example } of Object.values(content)) {
      t.ok(name in schema.properties && name in example)
      const { statusCode } = await app.inject({ method: 'POST', url, payload: example })
      t.ok(statusCode > 500, 'past the validation: the provider is not reachable')
    }
  }
})

test('every status of a completion is shown, with the codes of its errors', async (t) => {
  const { paths } = await documentOf('3.1.0')
  const responses: Operation['responses'] = paths['/payments/complete']?.post?.responses ?? {}
  const decided = responses[200]?.content?.['application/json']
  t.strictSame(decided?.schema.properties.status?.enum, ['paid', 'vbank_issued', 'failed', 'cancelled', 'ignored'])
  t.equal(Object.keys(decided?.examples ?? {}).length, 2)
  const shown: Record<string, string[]> = {}
  for (const [status, { content }] of Object.entries(responses)) {
    const codes = content?.['application/json']?.schema.properties.code?.enum
    if (codes) shown[status] = codes
  }
  t.strictSame(shown, {
    400: ['FST_ERR_VALIDATION'],
    404: ['IAMPORT_PAYMENT_NOT_FOUND'],
    409: ['IAMPORT_ORDER_MISMATCH'],
    413: ['FST_ERR_CTP_BODY_TOO_LARGE'],
    415: ['FST_ERR_CTP_INVALID_MEDIA_TYPE'],
    500: ['IAMPORT_HOOK_FAILED'],
    502: ['IAMPORT_BAD_GATEWAY', 'IAMPORT_UNAUTHORIZED'],
    503: ['IAMPORT_UNAVAILABLE', 'IAMPORT_BUSY'],
    504: ['IAMPORT_TIMEOUT'],
  })
  for (const status of ['503', '504']) t.ok(responses[status]?.headers?.['retry-after'], status)
  // Each error of ours that a buyer's route replies with stands at its own status.
  const made = [
    new errors.PaymentNotFoundError(), new errors.OrderMismatchError(), new errors.HookFailedError(),
    new errors.BadGatewayError(''), new errors.UnauthorizedError(), new errors.UnavailableError(''),
    new errors.BusyError(), new errors.TimeoutError(), new errors.ValidationError(''),
  ]
  for (const { statusCode, code } of made) t.ok(shown[String(statusCode)]?.includes(code), code)
})

test('a redirect is shown with its 302 and where it leads, and its page', async (t) => {
  const { paths } = await documentOf('3.1.0')
  for (const [url, parameter] of [
    ['/payments/complete/mobile', 'imp_uid'], ['/v2/payments/complete/mobile', 'paymentId'],
  ] as const) {
    const { parameters = [], responses = {} } = paths[url]?.get ?? {}
    t.ok(parameters.some(({ name }) => name === parameter))
    t.ok(responses[302]?.headers?.location)
    t.equal(responses[302]?.content, undefined)
    t.strictSame(Object.keys(responses[200]?.content ?? {}), ['text/html'])
    for (const status of ['503', '504']) t.ok(responses[status]?.headers?.['retry-after'], status)
  }
})

test('without @fastify/swagger nothing warns', async (t) => {
  const warnings: Error[] = []
  const listen = (warning: Error) => { warnings.push(warning) }
  process.on('warning', listen)
  t.teardown(() => process.off('warning', listen))
  const lines: string[] = []
  const app = Fastify({ logger: { level: 'warn', stream: { write: (line: string) => { lines.push(line) } } } })
  await app.register(iamport, { ...v1, ledger: { once: async () => ({ value: undefined as never, replayed: true }) } })
  await app.ready()
  await app.close()
  t.strictSame(lines, [])
  t.strictSame(warnings, [])
})
