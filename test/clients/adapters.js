import { createRequire } from 'node:module'
import { CARD } from './contract.js'

/** @typedef {import('./contract.js').CreateClient} CreateClient */

/** The clients are of many ages: all of them are CommonJS. */
const load = createRequire(import.meta.url)

/** npm `iamport` 0.3: the host is a static of the class. @type {CreateClient} */
function iamport ({ url, key, secret }) {
  const Iamport = load('iamport')
  Iamport.DEFAULT_HOST = url
  const { payment, subscribe } = new Iamport({ impKey: key, impSecret: secret })
  return {
    name: 'iamport',
    token: () => payment._getToken(),
    pay: (order) => subscribe.onetime({ ...order, ...CARD }),
    get: (id) => payment.getByImpUid({ imp_uid: id }),
    find: (order) => payment.getByMerchant({ merchant_uid: order }),
    list: async (status) => (await payment.getByStatus({ payment_status: status, limit: 100 })).list,
    prepare: (order) => payment.prepare(order),
    prepared: (order) => payment.getPrepare({ merchant_uid: order }),
    cancel: (cancellation) => payment.cancel(cancellation),
  }
}

/** npm `iamport-rest-client-nodejs` 0.9: takes `baseUrl`. @type {CreateClient} */
function restClient ({ url, key, secret }) {
  const { Iamport, Request } = load('iamport-rest-client-nodejs')
  const client = new Iamport({ apiKey: key, apiSecret: secret, baseUrl: url })
  const { Payments, Prepare, Subscribe } = Request
  /** @param {{ request: (client: unknown) => Promise<{ data: { response: any } }> }} asked */
  const send = async (asked) => (await asked.request(client)).data.response
  return {
    name: 'iamport-rest-client-nodejs',
    token: async () => (await client.getToken()).data.response,
    pay: (order) => send(Subscribe.onetime({ ...order, ...CARD })),
    get: (id) => send(Payments.getByImpUid({ imp_uid: id })),
    find: (order) => send(Payments.getByMerchantUid({ merchant_uid: order })),
    list: async (status) => (await send(Payments.getByStatus({ status, limit: 100 }))).list,
    prepare: (order) => send(Prepare.postAmount(order)),
    prepared: (order) => send(Prepare.getAmount({ merchant_uid: order })),
    cancel: (cancellation) => send(Payments.cancel(cancellation)),
  }
}

/** npm `iamporter` 1.4: takes `host`; a 404 resolves with its status. @type {CreateClient} */
function iamporter ({ url, key, secret }) {
  const { Iamporter } = load('iamporter')
  const client = new Iamporter({ apiKey: key, secret, host: url })
  /** @param {Promise<{ status: number, message: string, data: any }>} asked */
  async function found (asked) {
    const { status, message, data } = await asked
    if (status === 404) throw new Error(message)
    return data
  }
  return {
    name: 'iamporter',
    token: () => found(client.getToken()),
    pay: (order) => found(client.payOnetime({ ...order, ...CARD })),
    get: (id) => found(client.findByImpUid(id)),
    find: (order) => found(client.findByMerchantUid(order)),
    list: async (status) => (await found(client.findAllByStatus(status, { limit: 100 }))).list,
    prepare: (order) => found(client.createPreparedPayment(order)),
    prepared: (order) => found(client.getPreparedPayment(order)),
    cancel: (cancellation) => found(client.cancel(cancellation)),
  }
}

/** npm `iamport-server-api` 10: takes the host; offers neither find, list nor prepare. @type {CreateClient} */
function serverApi ({ url, key, secret }) {
  const { default: imp } = load('iamport-server-api')
  const connector = new imp.IamportConnector(url, { imp_key: key, imp_secret: secret })
  const { payments, subscribe } = imp.functional
  /** @param {Promise<{ code: number, message: string, response: any }>} asked */
  async function accepted (asked) {
    const { code, message, response } = await asked
    if (code !== 0) throw new Error(message)
    return response
  }
  return {
    name: 'iamport-server-api',
    token: () => connector.getToken(),
    pay: async (order) => accepted(subscribe.payments.onetime(await connector.get(), { ...order, ...CARD, name: 'an order' })),
    get: async (id) => accepted(payments.at(await connector.get(), id, {})),
    cancel: async (cancellation) => accepted(payments.cancel(await connector.get(), cancellation)),
  }
}

export const CLIENTS = [iamport, restClient, iamporter, serverApi]
