import Fastify from 'fastify'
import { test, type Test } from 'tap'
import { createSandbox, injectDispatcher, type SandboxOptions } from '../../lib/sandbox/index.js'
import { createClock } from './support/client.js'

const ORDER = { merchant_uid: 'order_1', amount: 1000 }

/** A sandbox and a shop in one process, and a clock that stands still until the test sets it forward. */
function open (t: Test, options: SandboxOptions = {}) {
  const clock = createClock()
  const shop = Fastify()
  const received: unknown[] = []
  /** What the shop answers from now on. */
  const answer = { status: 200, before: () => {} }
  shop.post('/hook', async (request, reply) => {
    received.push(request.body)
    answer.before()
    return reply.code(answer.status).send('')
  })
  const sandbox = createSandbox({
    webhookUrl: 'http://shop.test/hook', dispatcher: injectDispatcher(shop), clock, ...options,
  })
  t.teardown(() => Promise.all([sandbox.close(), shop.close()]))
  const notes = (impUid: string) =>
    sandbox.payments.inspect(impUid).history.filter(({ event }) => event === 'webhook').map(({ note }) => note)
  return { clock, sandbox, received, answer, notes }
}

test('a webhook that the shop could not take arrives a minute later, by the clock that was handed in', async (t) => {
  const { clock, sandbox, received, answer, notes } = open(t, { webhookResend: { times: 5 } })
  answer.status = 503
  const { imp_uid } = await sandbox.pay(ORDER)
  await sandbox.webhooksSent()
  t.equal(received.length, 1)
  answer.status = 200
  clock.advanceSec(59)
  await sandbox.runDue()
  t.equal(received.length, 1, 'a second before its time')
  clock.advanceSec(1)
  await sandbox.runDue()
  t.strictSame(received.at(1), received.at(0))
  clock.advanceSec(600)
  await sandbox.runDue()
  t.equal(received.length, 2, 'none after a 200')
  t.strictSame(notes(imp_uid), [undefined, 'redelivered'])
})

test('a webhook is redelivered five times at most', async (t) => {
  const { clock, sandbox, received, answer } = open(t, { webhookResend: { times: 5 } })
  answer.status = 500
  await sandbox.pay(ORDER)
  for (let minute = 0; minute < 10; minute++) {
    await sandbox.runDue()
    clock.advanceSec(60)
  }
  t.equal(received.length, 6)
})

test('a webhook that was lost is redelivered where redelivery is on, and only there', async (t) => {
  const { clock, sandbox, received, notes } = open(t)
  sandbox.fault({ name: 'lost_webhook', times: 1 })
  const gone = await sandbox.pay(ORDER)
  clock.advanceSec(3600)
  await sandbox.runDue()
  t.strictSame([received.length, notes(gone.imp_uid)], [0, ['lost']])

  sandbox.fault({ name: 'redelivered_webhook', everyMs: 5000 })
  sandbox.fault({ name: 'lost_webhook' })
  const late = await sandbox.pay({ ...ORDER, merchant_uid: 'order_2' })
  clock.advanceSec(5)
  await sandbox.runDue()
  t.equal(received.length, 0, 'still lost while the fault lasts')
  sandbox.clearFaults('lost_webhook')
  clock.advanceSec(5)
  await sandbox.runDue()
  t.match(received, [{ imp_uid: late.imp_uid, status: 'paid' }])
  t.strictSame(notes(late.imp_uid), ['lost', 'lost', 'redelivered'])
})

test('late webhooks and pending approvals come by the clock that was handed in', async (t) => {
  const { clock, sandbox, received } = open(t)
  sandbox.fault({ name: 'late_webhook', ms: 2000 })
  sandbox.fault({ name: 'late_approval', ms: 3000 })
  const { imp_uid, status } = await sandbox.pay(ORDER)
  t.equal(status, 'ready')
  clock.advanceSec(2)
  await sandbox.runDue()
  t.equal(sandbox.payments.get(imp_uid)?.status, 'ready')
  clock.advanceSec(1)
  await sandbox.runDue()
  t.equal(sandbox.payments.get(imp_uid)?.status, 'paid')
  t.equal(received.length, 0, 'its webhook is late')
  clock.advanceSec(2)
  await sandbox.runDue()
  t.match(received, [{ imp_uid, status: 'paid' }])
})

test('a reset gives up what was pending', async (t) => {
  const { clock, sandbox, received } = open(t)
  sandbox.fault({ name: 'late_approval', ms: 1000 })
  await sandbox.pay(ORDER)
  sandbox.reset()
  clock.advanceSec(1)
  await sandbox.runDue()
  t.strictSame([received, sandbox.payments.all()], [[], []])
})

test('a reset gives up webhooks that were to be redelivered, and those that are under way', async (t) => {
  const { clock, sandbox, received, answer } = open(t, { webhookResend: { times: 5 } })
  sandbox.fault({ name: 'lost_webhook', times: 1 })
  await sandbox.pay(ORDER)
  sandbox.reset()
  clock.advanceSec(600)
  await sandbox.runDue()
  t.strictSame(received, [], 'lost, and forgotten before its redelivery')

  answer.status = 503
  answer.before = () => sandbox.reset()
  await sandbox.pay(ORDER)
  await sandbox.webhooksSent()
  clock.advanceSec(600)
  await sandbox.runDue()
  t.equal(received.length, 1, 'refused, after it was forgotten')

  sandbox.fault({ name: 'reordered_webhook', times: 1 })
  const { imp_uid } = await sandbox.pay(ORDER)
  sandbox.cancel(imp_uid)
  await sandbox.webhooksSent()
  t.match(received.slice(1), [{ status: 'cancelled' }], 'held back behind one that was forgotten')

  answer.status = 200
  answer.before = () => {}
  await sandbox.pay(ORDER)
  await sandbox.webhooksSent()
  t.match(received.slice(2), [{ status: 'paid' }], 'those of the next payment are sent')
})

test('after a reset nobody waits for webhooks of the payments before', async (t) => {
  const { sandbox, received } = open(t, { clock: undefined })
  sandbox.fault({ name: 'late_webhook', ms: 3_600_000 })
  await sandbox.pay(ORDER)
  sandbox.reset()
  await sandbox.webhooksSent()
  t.strictSame(received, [])
})
