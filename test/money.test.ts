import { test } from 'tap'
import fc from 'fast-check'
import { assertProperty } from './support/assert-property.js'
import { balance, isCurrency, isSameAmount, isSameCurrency, toMajor, toMinor } from '../lib/money.js'

test('won have no minor unit: half a won is another amount', async (t) => {
  t.equal(isSameAmount(14000, 14000, 'KRW'), true)
  t.equal(isSameAmount(14000.5, 14000, 'KRW'), false)
  t.equal(isSameAmount(13999, 14000, 'KRW'), false)
  t.equal(isSameAmount(14001, 14000, 'KRW'), false)
})

test('cents are compared without the noise of binary fractions', async (t) => {
  t.equal(isSameAmount(0.3, 0.1 + 0.2, 'USD'), true)
  t.equal(isSameAmount(19.99, 1999 / 100, 'usd'), true)
  t.equal(isSameAmount(1.1 * 3, 3.3, 'USD'), true)
  t.equal(isSameAmount(10.1, 10.11, 'USD'), false)
  t.equal(isSameAmount(10.1, 10.09, 'USD'), false)
  t.equal(isSameAmount(100, 1, 'USD'), false)
  t.equal(isSameAmount(1, 100, 'JPY'), false)
})

test('a dinar has three digits, a yen none', async (t) => {
  t.equal(isSameAmount(1.234, 1.234, 'KWD'), true)
  t.equal(isSameAmount(1.234, 1.235, 'KWD'), false)
  t.equal(isSameAmount(1234.4, 1234.4, 'JPY'), false)
})

test('the digits are those of ISO 4217, not of what the locale data of this Node shows in shops', async (t) => {
  for (const currency of ['HUF', 'IDR', 'COP', 'MMK', 'LAK', 'TWD', 'CNY', 'THB']) {
    t.equal(isSameAmount(10.5, 10.5, currency), true, currency)
    t.equal(isSameAmount(10.5, 10.6, currency), false, currency)
  }
})

test('text that is no currency is compared to the hundredth, and never throws', async (t) => {
  for (const currency of ['', 'XX', 'POINT', '원', '__proto__', 'constructor']) {
    t.equal(isSameAmount(10.5, 10.5, currency), true, currency)
    t.equal(isSameAmount(10.5, 10.51, currency), false, currency)
  }
})

test('an amount that is no finite number equals nothing, itself included', async (t) => {
  for (const wrong of [NaN, Infinity, -Infinity]) {
    t.equal(isSameAmount(wrong, wrong, 'KRW'), false)
    t.equal(isSameAmount(wrong, 14000, 'KRW'), false)
    t.equal(isSameAmount(14000, wrong, 'KRW'), false)
  }
})

test('every whole number of won equals itself and no other', async (t) => {
  assertProperty(t, fc.property(fc.nat(10 ** 12), fc.nat(10 ** 12), (one, other) =>
    isSameAmount(one, other, 'KRW') === (one === other)))
  assertProperty(t, fc.property(fc.nat(10 ** 12), (one) =>
    isSameAmount(one, one, 'KRW') && !isSameAmount(one, one + 1, 'KRW')))
})

test('every whole number of cents equals itself, and differs from the next', async (t) => {
  assertProperty(t, fc.property(fc.nat(10 ** 12), (cents) =>
    isSameAmount(cents / 100, cents / 100, 'USD') &&
    !isSameAmount(cents / 100, (cents + 1) / 100, 'USD') &&
    !isSameAmount((cents + 1) / 100, cents / 100, 'USD')))
})

test('the order of the two amounts matters only in which may be unrounded', async (t) => {
  t.equal(isSameAmount(3333, 9999 / 3, 'KRW'), true)
  t.equal(isSameAmount(3333, 10000 / 3, 'KRW'), true, 'a discount that was not rounded')
  t.equal(isSameAmount(10000 / 3, 3333, 'KRW'), false, 'nobody can have paid a third of a won')
})

test('a currency is a code of ISO 4217, also one that this Node has no name for', async (t) => {
  const funds = ['BOV', 'CHE', 'CHW', 'CLF', 'COU', 'MXV', 'USN', 'UYI', 'UYW', 'XAD', 'XUA']
  const others = ['XAG', 'XAU', 'XPD', 'XPT', 'XBA', 'XBB', 'XBC', 'XBD', 'XTS', 'XXX']
  for (const code of ['KRW', 'usd', 'XCG', 'ZWG', 'VED', 'ved', ...funds, ...others]) t.ok(isCurrency(code), code)
  for (const code of ['', 'won', 'ZZZ', 'XAB', 'BOV CHE', ' ', 'KRW ']) t.notOk(isCurrency(code), code)
})

test('a UF of Chile has four digits, and so has a unidad previsional', async (t) => {
  for (const [major, minor, currency] of [[1.0001, 10_001, 'CLF'], [0.5, 5000, 'UYW'], [7, 7, 'UYI']] as const) {
    t.equal(toMinor(major, currency), minor)
    t.equal(toMajor(minor, currency), major)
  }
})

test('currencies are compared without case, and as a whole', async (t) => {
  t.equal(isSameCurrency('KRW', 'krw'), true)
  t.equal(isSameCurrency('KRW', 'KR'), false)
  t.equal(isSameCurrency('KRW', 'KPW'), false)
  t.equal(isSameCurrency('', 'KRW'), false)
})

test('a balance has no noise, and is never below nothing', async (t) => {
  t.equal(balance(14000, 0, 'KRW'), 14000)
  t.equal(balance(14000, 13999, 'KRW'), 1)
  t.equal(balance(14000, 14000, 'KRW'), 0)
  t.equal(balance(14000, 14001, 'KRW'), 0)
  t.equal(balance(0.3, 0.1, 'USD'), 0.2)
  t.equal(balance(1.1, 0.2, 'usd'), 0.9)
  assertProperty(t, fc.property(fc.nat(10 ** 10), fc.nat(10 ** 10), (one, other) =>
    balance((one + other) / 100, other / 100, 'USD') === one / 100))
})

test('six dollars are 600 cents, 600 won 600, and a dinar a thousand fils, in both directions', async (t) => {
  for (const [major, minor, currency] of [
    [6, 600, 'USD'], [6, 600, 'usd'], [600, 600, 'KRW'], [600, 600, 'JPY'], [1.234, 1234, 'KWD'], [19.99, 1999, 'EUR'],
    [0, 0, 'USD'], [6, 600, 'ZZZ'],
  ] as const) {
    t.equal(toMinor(major, currency), minor, currency)
    t.equal(toMajor(minor, currency), major, currency)
  }
  t.equal(toMinor(0.1 + 0.2, 'USD'), 30)
})

test('up to a thousand million million units, the way to the major unit and back loses nothing', async (t) => {
  const currencies = fc.constantFrom('KRW', 'USD', 'KWD')
  assertProperty(t, fc.property(fc.maxSafeNat().map((units) => units % 1e15), currencies, (units, currency) =>
    toMinor(toMajor(units, currency), currency) === units), 2000)
})
