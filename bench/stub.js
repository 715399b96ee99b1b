// The providers' stand-in for the benchmark: a token, and a paid card payment of 14000 won under every id, alone or in a batch;
// V2's, where the authorization is V2's.
// Answers after $LATENCY_MS; over TLS with the key and the certificate in the folder $CERTIFICATE. Tells the parent its port.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createServer as createSecureServer } from 'node:https'

const latencyMs = Number(process.env.LATENCY_MS ?? 0)

const PAYMENT = JSON.stringify({
  imp_uid: '@',
  merchant_uid: 'order_@',
  status: 'paid',
  pay_method: 'card',
  channel: 'pc',
  amount: 14000,
  cancel_amount: 0,
  currency: 'KRW',
  sandbox: false,
  paid_at: 1790000000,
  started_at: 1789999958,
  failed_at: 0,
  cancelled_at: 0,
  cancel_history: [],
  cancel_receipt_urls: [],
  name: '노르웨이 회전 의자',
  buyer_name: '홍길동',
  buyer_email: 'gildong@example.com',
  buyer_tel: '010-4242-4242',
  buyer_addr: '서울특별시 강남구 테헤란로 142',
  buyer_postcode: '06236',
  card_name: '신한카드',
  card_number: '45184200****4242',
  card_code: '366',
  card_quota: 0,
  card_type: 0,
  apply_num: '30012345',
  pg_provider: 'kicc',
  pg_id: 'T5102001',
  pg_tid: '26112311581234567890',
  receipt_url: 'https://example.com/receipt?imp_uid=@',
  custom_data: null,
  customer_uid: null,
  customer_uid_usage: null,
  escrow: false,
  fail_reason: null,
  vbank_num: null,
  vbank_name: null,
  vbank_date: 0,
}).split('@')
const V2_PAYMENT = JSON.stringify({
  id: '@',
  transactionId: 'tx_@',
  merchantId: 'merchant-1',
  storeId: 'store-1',
  version: 'V2',
  status: 'PAID',
  channel: { type: 'LIVE', id: 'channel-1', key: 'channel-key-1', name: '카드', pgProvider: 'KCP', pgMerchantId: 'T5102001' },
  method: {
    type: 'PaymentMethodCard',
    card: { publisher: 'SHINHAN_CARD', issuer: 'SHINHAN_CARD', brand: 'LOCAL', type: 'CREDIT', name: '신한카드', number: '45184200****4242' },
    approvalNumber: '30012345',
    installment: { month: 0, isInterestFree: false },
    pointUsed: false,
  },
  orderName: '노르웨이 회전 의자',
  amount: { total: 14000, taxFree: 0, vat: 1273, supply: 12727, discount: 0, paid: 14000, cancelled: 0, cancelledTaxFree: 0 },
  currency: 'KRW',
  customer: { name: '홍길동', email: 'gildong@example.com', phoneNumber: '010-4242-4242', address: { type: 'ONE_LINE', oneLine: '서울특별시 강남구' } },
  origin: { platformType: 'PC', ipAddress: '127.0.0.1', userAgent: 'Mozilla/5.0' },
  requestedAt: '2026-09-21T15:06:38Z',
  paidAt: '2026-09-21T15:07:20Z',
  updatedAt: '2026-09-21T15:07:20Z',
  statusChangedAt: '2026-09-21T15:07:20Z',
  pgTxId: '26112311581234567890',
  receiptUrl: 'https://example.com/receipt?id=@',
  disputes: [],
}).split('@')
const TOKEN = JSON.stringify({ access_token: 'token', now: 1790000000, expired_at: 1790001800 })

/** A payment under this id, as JSON. @param {string} id */
const paymentOf = (id) => PAYMENT.join(id)

const counts = { tokens: 0, lookups: 0, connections: 0 }

/** @param {string} url @returns {string | undefined} the `response` of an answer, as JSON */
function answerTo (url) {
  const { pathname, searchParams } = new URL(url, 'http://stub')
  if (pathname === '/users/getToken') {
    counts.tokens++
    return TOKEN
  }
  counts.lookups++
  if (pathname !== '/payments') return paymentOf(pathname.slice('/payments/'.length))
  return `[${searchParams.getAll('imp_uid[]').map(paymentOf).join()}]`
}

/** @param {string} url @returns {string} */
function answerV2 (url) {
  counts.lookups++
  const [path = ''] = url.split('?')
  return V2_PAYMENT.join(path.slice('/payments/'.length))
}

/** @type {import('node:http').RequestListener} */
function listener (request, response) {
  request.resume()
  const { url = '/' } = request
  /** @param {string} json */
  const send = (json) => response
    .writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(json) }).end(json)
  if (url === '/counts') {
    send(JSON.stringify(counts))
    Object.assign(counts, { tokens: 0, lookups: 0, connections: 0 })
    return
  }
  const isV2 = request.headers.authorization?.startsWith('PortOne ')
  const json = isV2 ? answerV2(url) : `{"code":0,"message":null,"response":${answerTo(url)}}`
  if (latencyMs > 0) setTimeout(send, latencyMs, json)
  else send(json)
}

const { CERTIFICATE: folder } = process.env
const server = folder === undefined
  ? createServer(listener)
  : createSecureServer({ key: readFileSync(`${folder}/key.pem`), cert: readFileSync(`${folder}/cert.pem`) }, listener)
server.on('connection', () => { counts.connections++ })
server.keepAliveTimeout = 60_000
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
  const address = server.address()
  process.send?.({ port: typeof address === 'object' ? address?.port : undefined })
})
