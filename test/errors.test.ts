import { test } from 'tap'
import * as errors from '../lib/errors.js'

test('the text of an error names the provider that it is about, Iamport if none is named', async (t) => {
  const { PaymentNotFoundError, BadGatewayError, UnauthorizedError, TimeoutError } = errors
  const provider = 'PortOne'
  t.equal(new PaymentNotFoundError().message, 'Iamport knows no such payment')
  t.equal(new PaymentNotFoundError({ provider }).message, 'PortOne knows no such payment')
  t.equal(new BadGatewayError('not JSON').message, 'Iamport gave an unusable answer: not JSON')
  t.equal(new BadGatewayError('100 % wrong', { provider }).message, 'PortOne gave an unusable answer: 100 % wrong')
  t.equal(new UnauthorizedError().message, 'Iamport refused the API key or secret')
  t.equal(new UnauthorizedError({ provider }).message, 'PortOne refused the API secret')
  t.equal(new TimeoutError().message, 'Iamport did not answer in time')
  t.equal(new TimeoutError(undefined, { provider }).message, 'PortOne did not answer in time')
  t.equal(new TimeoutError('too late', { provider }).message, 'too late')
})

test('an error has a cause only where there is one', async (t) => {
  const cause = new errors.Refusal(409, undefined, 'no', 'PAYMENT_NOT_PAID')
  for (const error of [
    new errors.PaymentNotFoundError({ cause }), new errors.BadGatewayError('x', { cause, provider: 'PortOne' }),
    new errors.UnauthorizedError({ cause }),
  ]) t.equal(error.cause, cause)
  for (const error of [
    new errors.PaymentNotFoundError(), new errors.BadGatewayError('x', { cause: undefined }),
    new errors.UnauthorizedError({ provider: 'PortOne' }),
  ]) t.notOk('cause' in error)
  t.match(cause, { name: 'Refusal', status: 409, providerCode: undefined, message: 'no', type: 'PAYMENT_NOT_PAID' })
})

test('errors of one code are of one class, whichever the provider', async (t) => {
  const error: unknown = new errors.BadGatewayError('x', { provider: 'PortOne' })
  t.ok(error instanceof errors.BadGatewayError)
  t.notOk(error instanceof errors.PaymentNotFoundError)
  t.equal(errors.codeOf(error), 'IAMPORT_BAD_GATEWAY')
  t.strictSame(errors.replyTo(error), { statusCode: 502, retryAfter: undefined })
})
