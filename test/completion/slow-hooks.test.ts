import { mock } from 'node:test'
import { test, type Test } from 'tap'
import type { Hooks, IamportOptions, Payment } from '../../lib/index.js'
import { openShop } from '../support/shop.js'
import { deferred, payment } from '../support/upstream.js'

/** Milliseconds after which a hook is named in the log. */
const SLOW_HOOK_MS = 30_000

/** A shop with a clock that moves by hand, and the warnings about hooks in its log. */
async function openLogged (t: Test, options: Partial<IamportOptions>, payments = [payment()]) {
  const warnings: Record<string, unknown>[] = []
  const stream = {
    write (line: string) {
      const parsed = JSON.parse(line)
      if (parsed.level === 40 && 'hook' in parsed) warnings.push(parsed)
    },
  }
  const shop = await openShop(t, options, payments, { server: { logger: { stream } } })
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  return { ...shop, warnings }
}

const CALLED_FOR: Partial<Record<keyof Hooks, Partial<Payment>>> = {
  getExpectedAmount: {},
  onPaid: {},
  onVbank: { status: 'ready', pay_method: 'vbank', vbank_num: '1-2' },
  onFail: { status: 'failed' },
  onCancel: { status: 'cancelled', cancel_amount: 14000 },
}

for (const [hook, changes] of Object.entries(CALLED_FOR)) {
  test(`${hook}: named in the log once, when it has not returned for so long`, async (t) => {
    const entered = deferred()
    const gate = deferred()
    const { app, warnings } = await openLogged(t, {
      [hook]: async () => {
        entered.resolve()
        await gate.promise
        return 14000
      },
    }, [payment(changes)])
    const completing = app.iamport.complete('imp_1', { source: 'direct' })
    await entered.promise
    mock.timers.tick(SLOW_HOOK_MS - 1)
    t.strictSame(warnings, [])
    mock.timers.tick(1)
    mock.timers.tick(10 * SLOW_HOOK_MS)
    t.match(warnings, [{ hook, imp_uid: 'imp_1', merchant_uid: 'order_1', source: 'direct', msg: /has not returned/ }])
    t.equal(warnings.length, 1)
    gate.resolve()
    await completing
  })
}

test('a hook that returns or throws in time is not named, whatever it awaits', async (t) => {
  let runs = 0
  // A query of a builder runs each time that its `then` is called.
  const query = { then: (resolve: (value: number) => void) => { runs++; resolve(14000) } }
  const { app, warnings } = await openLogged(t, {
    getExpectedAmount: () => query as unknown as Promise<number>,
    onPaid: async () => { throw new Error('away') },
  })
  await t.rejects(app.iamport.complete('imp_1'), { code: 'IAMPORT_HOOK_FAILED' })
  mock.timers.tick(10 * SLOW_HOOK_MS)
  t.equal(runs, 1)
  t.strictSame(warnings, [])
})
