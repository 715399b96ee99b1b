import { test } from 'tap'
import { messageFor, type MessageKey } from '../lib/messages.js'

const KEYS: Record<MessageKey, true> = {
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
const all = Object.keys(KEYS) as MessageKey[]

test('every message to a buyer exists in both languages, and no two are the same', async (t) => {
  for (const key of all) {
    t.match(messageFor(key, 'ko'), /[가-힣].*[.]$/, key)
    t.match(messageFor(key, 'en'), /^[A-Z][\x20-\x7e]+\.$/, key)
  }
  for (const locale of [
    'ko', 'en',
  ] as const) t.equal(new Set(all.map((key) => messageFor(key, locale))).size, all.length)
})

test('no words need to be escaped in HTML', async (t) => {
  for (const key of all) for (const locale of ['ko', 'en'] as const) t.notMatch(messageFor(key, locale), /[<>&"]/)
})

test('no message asks a buyer to pay again while the outcome is unknown', async (t) => {
  t.match(messageFor('pending', 'en'), /do not pay again/)
  t.match(messageFor('pending', 'ko'), /다시 결제하지 마/)
})
