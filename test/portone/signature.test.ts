import * as portone from '@portone/server-sdk'
import fc from 'fast-check'
import { createHmac, randomBytes } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import { test } from 'tap'
import { readSecrets, verify } from '../../lib/portone/signature.js'
import { assertProperty } from '../support/assert-property.js'

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const OTHER = `whsec_${Buffer.alloc(32, 9).toString('base64')}`
const BODY = Buffer.from('{"type":"Transaction.Paid","data":{"paymentId":"주문_1"}}')
const NOW = 1790000000

function sign (body: Buffer | string, { secret = SECRET, id = 'msg_1', timestamp = String(NOW) } = {}): string {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64')
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64')}`
}
const headers = (signature: string, changes = {}) =>
  ({ 'webhook-id': 'msg_1', 'webhook-timestamp': String(NOW), 'webhook-signature': signature, ...changes })

test('a body is valid by its signature, with the age of that', (t) => {
  const secrets = readSecrets(SECRET)
  t.strictSame(verify(secrets, headers(sign(BODY)), BODY, NOW + 10), { isValid: true, ageSec: 10 })
  t.strictSame(verify(secrets, headers(sign(BODY)), BODY, NOW - 10), { isValid: true, ageSec: -10 })
  t.end()
})

test('an old signature is valid: its age is for the log', (t) => {
  t.strictSame(verify(readSecrets(SECRET), headers(sign(BODY)), BODY, NOW + 1e6), { isValid: true, ageSec: 1e6 })
  t.end()
})

test('what was signed otherwise is a wrong signature', (t) => {
  const secrets = readSecrets(SECRET)
  const wrong = { isValid: false, problem: 'signature' }
  const right = sign(BODY)
  t.strictSame(verify(secrets, headers(sign(BODY, { secret: OTHER })), BODY, NOW), wrong, 'another secret')
  t.strictSame(verify(secrets, headers(right), Buffer.concat([BODY, Buffer.from(' ')]), NOW), wrong, 'another body')
  t.strictSame(verify(secrets, headers(right, { 'webhook-id': 'msg_2' }), BODY, NOW), wrong, 'another id')
  t.strictSame(verify(secrets, headers(right, { 'webhook-timestamp': '1790000001' }), BODY, NOW), wrong, 'another time')
  for (const signature of [
    right.replace('v1,', 'v2,'), right.replace('v1,', 'v1a,'), right.slice(3), right.slice(0, -1), `${right}=`,
    'v1,', 'v1', ',', right.replace(',', ', '),
  ]) {
    t.strictSame(verify(secrets, headers(signature), BODY, NOW), wrong, signature)
  }
  t.strictSame(verify([], headers(right), BODY, NOW), wrong, 'no secret')
  t.end()
})

test('one of several signatures is enough, by one of several secrets', (t) => {
  const secrets = readSecrets([OTHER, SECRET])
  const wrong = sign('another body')
  for (const signature of [`${wrong} ${sign(BODY)}`, `${sign(BODY)} ${wrong}`, `v1a,x  v2,y ${sign(BODY)}`]) {
    t.match(verify(secrets, headers(signature), BODY, NOW), { isValid: true }, signature)
  }
  t.match(verify(secrets, headers(`${sign(BODY, { secret: OTHER })} ${wrong}`), BODY, NOW), { isValid: true })
  t.end()
})

test('each of the three headers must be there', (t) => {
  for (const name of ['webhook-id', 'webhook-timestamp', 'webhook-signature']) {
    for (const value of [undefined, '', ['a', 'b']]) {
      t.strictSame(verify(readSecrets(SECRET), headers(sign(BODY), { [name]: value }), BODY, NOW),
        { isValid: false, problem: 'header' }, `${name} ${value}`)
    }
  }
  t.end()
})

test('a timestamp has one to twelve digits, whatever is signed', (t) => {
  const secrets = readSecrets(SECRET)
  const made = (timestamp: string) =>
    verify(secrets, headers(sign(BODY, { timestamp }), { 'webhook-timestamp': timestamp }), BODY, NOW)
  for (const timestamp of ['0', '007', '999999999999']) t.match(made(timestamp), { isValid: true }, timestamp)
  for (const timestamp of ['1790000000.5', '-1', '+1', ' 1', '1\n', '1e9', '0x10', '1000000000000', '١', 'NaN']) {
    t.strictSame(made(timestamp), { isValid: false, problem: 'timestamp' }, timestamp)
  }
  t.end()
})

test('a signed message does not pass for another one that is parted at a later dot', (t) => {
  const secrets = readSecrets(SECRET)
  const paymentId = 'order.1790000001.payment_id=victim&tx_id=tx_1&total_amount=1&rest='
  const body = `{"type":"Transaction.Paid","data":{"paymentId":"${paymentId}"}}`
  const signature = sign(body)
  t.match(verify(secrets, headers(signature), Buffer.from(body), NOW), { isValid: true })
  const [before = '', after = ''] = body.split('.1790000001.')
  const parted = { 'webhook-id': `msg_1.${NOW}.${before}`, 'webhook-timestamp': '1790000001' }
  t.strictSame(verify(secrets, headers(signature, parted), Buffer.from(after), NOW), { isValid: false, problem: 'id' })
  for (const id of ['msg.1', '1.2', 'msg.v1.2', '1790000000']) {
    t.match(verify(secrets, headers(sign(BODY, { id }), { 'webhook-id': id }), BODY, NOW), { isValid: true }, id)
  }
  t.end()
})

test('the body is verified as bytes', (t) => {
  const body = Buffer.from([0xff, 0xfe, 0x00, 0x80])
  t.match(verify(readSecrets(SECRET), headers(sign(body)), body, NOW), { isValid: true })
  const lossy = Buffer.from(body.toString())
  t.match(verify(readSecrets(SECRET), headers(sign(body)), lossy, NOW), { isValid: false })
  t.end()
})

test('a secret is read with and without its prefix, and without padding', (t) => {
  const bare = SECRET.slice('whsec_'.length)
  const key = Buffer.alloc(32, 7)
  t.strictSame(readSecrets(SECRET), [key])
  t.strictSame(readSecrets(bare), [key])
  t.strictSame(readSecrets(bare.replace('=', '')), [key])
  t.strictSame(readSecrets([SECRET, OTHER]), [key, Buffer.alloc(32, 9)])
  t.strictSame(readSecrets(Buffer.alloc(16, 1).toString('base64')), [Buffer.alloc(16, 1)], 'the shortest')
  t.end()
})

test('a secret that is none is an invalid option, whose value is not told', (t) => {
  const urlSafe = Buffer.alloc(33, 0xff).toString('base64url')
  for (const secret of [
    '', 'whsec_', ' ', `${SECRET}\n`, ` ${SECRET}`, 'not base64!!!!!!!!!!!!!!!!', `whsec_${SECRET}`, urlSafe,
    Buffer.alloc(15, 1).toString('base64'), 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=', `${SECRET}=`,
  ]) {
    for (const [option, name] of [[secret, 'webhookSecret:'], [[SECRET, secret], 'webhookSecret.1:']] as const) {
      try {
        readSecrets(option)
        t.fail(`${JSON.stringify(option)} was taken`)
      } catch (error) {
        t.match(error, { code: 'IAMPORT_INVALID_OPTIONS' })
        const message = error instanceof Error ? error.message : ''
        t.ok(message.includes(name), message)
        if (secret.length > 8) t.notOk(message.includes(secret.trim().slice(0, 12)), 'the secret is not printed')
      }
    }
  }
  t.throws(() => readSecrets([]), { code: 'IAMPORT_INVALID_OPTIONS' })
  t.end()
})

test('what standardwebhooks signs is valid, and what is changed is not', (t) => {
  const anId = fc.string({ minLength: 1 }).filter((id) => !/\.\d+\./.test(id))
  const arbitrary = [fc.uint8Array({ minLength: 16, maxLength: 64 }), fc.string(), anId] as const
  assertProperty(t, fc.property(...arbitrary, (key, body, id) => {
    const secret = `whsec_${Buffer.from(key).toString('base64')}`
    const signature = new Webhook(secret).sign(id, new Date(NOW * 1000), body)
    const given = { 'webhook-id': id, 'webhook-timestamp': String(NOW), 'webhook-signature': signature }
    return verify(readSecrets(secret), given, Buffer.from(body), NOW).isValid &&
      !verify(readSecrets(secret), given, Buffer.from(`${body}.`), NOW).isValid
  }))
  t.end()
})

test('standardwebhooks and PortOne\'s own library agree about a signature', async (t) => {
  const secret = `whsec_${randomBytes(32).toString('base64')}`
  const timestamp = String(Math.floor(Date.now() / 1000))
  const signature = sign(BODY, { secret, timestamp })
  const cases: [string, string, string][] = [
    ['right', signature, BODY.toString()],
    ['one of two', `v1,AAAA ${signature}`, BODY.toString()],
    ['first of two headers, as Node joins them', `${signature}, v1,AAAA`, BODY.toString()],
    ['last of two headers', `v1,AAAA, ${signature}`, BODY.toString()],
    ['without its text', 'v1', BODY.toString()],
    ['another version', signature.replace('v1', 'v2'), BODY.toString()],
    ['another body', signature, '{"type":"Transaction.Paid"}'],
  ]
  for (const [what, given, body] of cases) {
    const sent = headers(given, { 'webhook-timestamp': timestamp })
    const ours = verify(readSecrets(secret), sent, Buffer.from(body), Number(timestamp)).isValid
    const theirs = await portone.Webhook.verify(secret, body, sent).then(() => true, () => false)
    let theOthers = true
    try {
      new Webhook(secret).verify(body, sent)
    } catch {
      theOthers = false
    }
    t.strictSame([theirs, theOthers], [ours, ours], what)
  }
})
