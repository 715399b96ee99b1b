import Fastify, { type FastifyBaseLogger, type FastifyServerOptions } from 'fastify'
import { once } from 'node:events'
import { test } from 'tap'
import iamport from '../../lib/index.js'
import portone from '../../lib/portone/index.js'
import { isSilent } from '../../lib/plugin/silent-log.js'

const stream = { write () {} }
const logOf = (options: FastifyServerOptions) => Fastify(options).log

test('no logger, a switched-off one, and one of level silent or fatal are silent', async (t) => {
  const off = ['silent', 'fatal'].map((level) => ({ logger: { level, stream } }))
  for (const options of [{}, { logger: false }, ...off]) {
    t.equal(isSilent(logOf(options), undefined), true, JSON.stringify(options))
  }
})

test('a logger that writes errors is not silent', async (t) => {
  for (const level of ['error', 'warn', 'info', 'debug', 'trace']) {
    t.equal(isSilent(logOf({ logger: { level, stream } }), undefined), false, level)
  }
  const write = () => {}
  const own: FastifyBaseLogger = {
    level: 'info',
    fatal: write,
    error: write,
    warn: write,
    info: write,
    debug: write,
    trace: write,
    silent: write,
    child: () => own,
  }
  t.equal(isSilent(logOf({ loggerInstance: own }), undefined), false, 'one function under every name')
})

test('the option logLevel can silence requests under any logger', async (t) => {
  const log = logOf({ logger: { stream } })
  for (const level of ['silent', 'fatal']) t.equal(isSilent(log, level), true, level)
  for (const level of ['error', 'info']) t.equal(isSilent(log, level), false, level)
})

test('registration warns of a silent log, once in a process, and not of another', async (t) => {
  const hooks = { getExpectedAmount: () => 14000, onPaid () {} }
  const warnings: Error[] = []
  const keep = (warning: Error) => warnings.push(warning)
  process.on('warning', keep)
  t.teardown(() => process.off('warning', keep))
  const register = async (options: FastifyServerOptions) => {
    const app = Fastify(options)
    t.teardown(() => app.close())
    await app.register(iamport, { impKey: 'key', impSecret: 'secret', ...hooks })
    await app.register(portone, { apiSecret: 'secret', storeId: 'store-1', prefix: '/v2', ...hooks })
  }
  const nextWarning = async (name: string) => {
    const warned = once(process, 'warning')
    process.emitWarning(name)
    await warned
  }
  await register({ logger: { stream } })
  await nextWarning('first')
  await register({})
  await register({})
  await nextWarning('last')
  t.strictSame(warnings.map(({ name, message }) => [name, message.split(':')[0]]), [
    ['Warning', 'first'], ['FastifyIamportWarning', 'fastify-iamport'], ['Warning', 'last'],
  ])
  t.match(warnings[1], { code: 'FASTIFY_IAMPORT_SILENT', message: /\bFastifyAdapter\(\{ logger: true \}\)/ })
})
