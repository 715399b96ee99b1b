import Fastify from 'fastify'
import { test } from 'tap'

// Before anything imports the package undici: whichever comes first sets the global dispatcher.
await fetch('data:,')
const ofFetch = Reflect.get(globalThis, Symbol.for('undici.globalDispatcher.1'))
const { default: iamport } = await import('../../lib/index.js')

/** Node 20 and 22 have undici 6 within, Node 24 has undici 7. */
const isOld = Number(process.versions.undici?.split('.')[0]) < 7

test(`the dispatcher of Node's own fetch is ${isOld ? 'refused at registration' : 'taken'}`, async (t) => {
  t.equal(typeof ofFetch.dispatch, 'function')
  t.notOk(ofFetch instanceof (await import('undici')).Dispatcher)
  const app = Fastify()
  t.teardown(() => app.close())
  const hooks = { getExpectedAmount: () => 14000, onPaid () {} }
  const options = { impKey: 'key', impSecret: 'secret', ...hooks, dispatcher: ofFetch }
  const registration = async () => { await app.register(iamport, options) }
  if (isOld) await t.rejects(registration(), { code: 'IAMPORT_INVALID_OPTIONS', message: /dispatcher.*undici 7 or 8/ })
  else await t.resolves(registration())
})
