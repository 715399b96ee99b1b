// What one would write by hand and no less: Fastify over undici's dispatch, the token cached, the amount compared. None of the
// plugin's checks: no retry, no timeout, no schema, no record of what has been delivered. With $BATCH, lookups of one turn of
// the event loop go together; with $API v2, the provider is PortOne V2.
import Fastify from 'fastify'
import { Pool } from 'undici'
import { serve } from './serve.js'

const pool = new Pool(process.env.UPSTREAM ?? '')

/** @typedef {{ imp_uid: string, amount: number, status: string }} Payment */
/** @type {(options: import('undici').Dispatcher.DispatchOptions) => Promise<any>} the answer */
const call = (options) => new Promise((resolve, reject) => {
  /** @type {Buffer[]} */
  const chunks = []
  pool.dispatch(options, {
    onRequestStart () {},
    onResponseStart () {},
    onResponseData (_, chunk) { chunks.push(chunk) },
    onResponseEnd () {
      try { resolve(JSON.parse(String(Buffer.concat(chunks)))) } catch (error) { reject(error) }
    },
    onResponseError (_, error) { reject(error) },
  })
})

/** @type {Promise<{ authorization: string }> | undefined} */
let authorized
async function authorize () {
  const body = JSON.stringify({ imp_key: 'key', imp_secret: 'secret' })
  const { response: { access_token: authorization } } = await call({ path: '/users/getToken', method: 'POST', headers: { 'content-type': 'application/json' }, body })
  return { authorization }
}

/** @param {string} path @returns {Promise<any>} */
const get = async (path) => (await call({ path, method: 'GET', headers: await (authorized ??= authorize()) })).response

/** @type {(impUid: string) => Promise<Payment>} */
const lookUp = (impUid) => get(`/payments/${encodeURIComponent(impUid)}`)

/** @type {{ ids: string[], payments: Promise<Map<string, Payment>> } | undefined} */
let batch
/** @type {(impUid: string) => Promise<Payment | undefined>} */
async function lookUpTogether (impUid) {
  if (!batch || batch.ids.length === 100) {
    /** @type {string[]} */
    const ids = []
    const payments = new Promise((resolve) => setImmediate(resolve)).then(async () => {
      if (batch?.ids === ids) batch = undefined
      /** @type {Payment[]} */
      const list = await get(`/payments?${ids.map((id) => `imp_uid[]=${encodeURIComponent(id)}`).join('&')}`)
      return new Map(list.map((payment) => [payment.imp_uid, payment]))
    })
    batch = { ids, payments }
  }
  batch.ids.push(impUid)
  return (await batch.payments).get(impUid)
}
/** @type {(paymentId: string) => Promise<Payment>} */
async function lookUpV2 (paymentId) {
  const path = `/payments/${encodeURIComponent(paymentId)}?storeId=store-1`
  const { status, amount, transactionId } = await call({ path, method: 'GET', headers: { authorization: 'PortOne secret' } })
  return { imp_uid: transactionId, amount: amount.total, status: status.toLowerCase() }
}
const find = process.env.API === 'v2' ? lookUpV2 : process.env.BATCH ? lookUpTogether : lookUp

let delivered = 0
const app = Fastify()
app.post('/payments/complete', async (request) => {
  const { imp_uid: impUid, paymentId } = /** @type {{ imp_uid: string, paymentId: string }} */ (request.body)
  const payment = await find(paymentId ?? impUid)
  if (payment?.amount !== 14000 || payment.status !== 'paid') throw new Error('not as ordered')
  delivered++
  return { status: 'paid' }
})
await serve(app, () => delivered)
