import { test } from 'tap'
import { messageFor, type Told } from '../lib/messages.js'

const TOLD: Record<Told, true> = {
  paid: true,
  vbank_issued: true,
  cancelled: true,
  ignored: true,
  amount_mismatch: true,
  currency_mismatch: true,
  test_payment: true,
  order_not_found: true,
  not_paid: true,
  payment_failed: true,
  payment_not_found: true,
  order_mismatch: true,
  invalid: true,
  pending: true,
  not_confirmed: true,
}
const all = Object.keys(TOLD) as Told[]

test('everything that a buyer may be told has words in both languages, each its own', async (t) => {
  for (const told of all) {
    t.match(messageFor(told, 'ko'), /[가-힣].*[.]$/, told)
    t.match(messageFor(told, 'en'), /^[A-Z][\x20-\x7e]+\.$/, told)
  }
  for (const locale of ['ko', 'en'] as const) t.equal(new Set(all.map((told) => messageFor(told, locale))).size, all.length)
})

test('no words need to be escaped in HTML', async (t) => {
  for (const told of all) for (const locale of ['ko', 'en'] as const) t.notMatch(messageFor(told, locale), /[<>&"]/)
})

test('a buyer is never told to pay again while it is not known', async (t) => {
  t.match(messageFor('pending', 'en'), /do not pay again/)
  t.match(messageFor('pending', 'ko'), /다시 결제하지 마/)
})
