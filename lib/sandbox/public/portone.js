/* global location, server */
/* The sandbox's stand-in for the provider's script of V2: PortOne.requestPayment. */
import { isPhone, openLayerSoon, openWindow } from './layer.js'

const REQUIRED = ['storeId', 'paymentId', 'orderName', 'currency', 'payMethod']

console.warn('[fastify-iamport] PortOne is the sandbox at ' + server + ': no money moves.')

let isOpen = false

/** What a request resolves to that never reached the PG. */
function refused (request, message, code = 'BadRequest') {
  console.warn('[fastify-iamport] requestPayment: ' + message)
  return { transactionType: 'PAYMENT', paymentId: request.paymentId, code, message }
}

function problemWith (request) {
  const missing = REQUIRED.find((name) => typeof request[name] !== 'string' || request[name] === '')
  if (missing) return missing + '은(는) 필수입니다.'
  if (!Number.isInteger(request.totalAmount) || request.totalAmount <= 0) {
    return 'totalAmount는 통화의 최소 단위로 나타낸 양의 정수여야 합니다.'
  }
  if (!request.channelKey && !request.channelGroupId) return 'channelKey 또는 channelGroupId가 필요합니다.'
  if (request.redirectUrl !== undefined && !/^https?:\/\//.test(request.redirectUrl)) {
    return 'redirectUrl은 https:// 또는 http://로 시작해야 합니다.'
  }
  return undefined
}

const ask = (request, mode) => openWindow(server, '/portone/checkout', {
  request: JSON.stringify(Object.assign({ platform: isPhone() ? 'MOBILE' : 'PC' }, request)),
  mode,
  origin: location.origin,
})

/** Over the page. Resolves at the end of the window; never, where the window closes without telling the shop. */
function overlay (request) {
  return new Promise((resolve, reject) => {
    function onMessage (message) {
      isOpen = false
      // An outcome without a content is one too; a message without an outcome is none.
      if ('callback' in message) resolve(message.callback)
    }
    const giveUp = openLayerSoon(server, onMessage, (layer) => {
      const close = () => {
        giveUp()
        isOpen = false
      }
      ask(request, 'layer').then((opened) => {
        if (opened.location) return layer.show(server + opened.location)
        close()
        resolve(opened.callback)
      }).catch((error) => {
        close()
        reject(error)
      })
    })
  })
}

/** Away from the page; where there is no window, it stays. Else it resolves never: the page is left. */
async function leave (request) {
  try {
    const opened = await ask(request, 'redirect')
    if (!opened.location) return opened.callback
    location.assign(server + opened.location)
  } finally {
    isOpen = false
  }
  return new Promise(() => {})
}

export async function requestPayment (given) {
  const request = given || {}
  if (isOpen) return refused(request, '결제창이 이미 열려 있습니다.')
  const problem = problemWith(request)
  if (problem) return refused(request, problem)
  // Without a redirectUrl the provider shows its window over the page on a phone too.
  const isRedirect = request.redirectUrl !== undefined && (isPhone() || request.forceRedirect === true)
  isOpen = true
  try {
    return await (isRedirect ? leave(request) : overlay(request))
  } catch (error) {
    return refused(request, error.message, 'UnknownError')
  }
}

function notOffered (name) {
  return async (request) => {
    const message = '샌드박스는 ' + name + '을(를) 제공하지 않습니다.'
    console.warn('[fastify-iamport] ' + message)
    return Object.assign({ code: 'BadRequest', message }, request && { paymentId: request.paymentId })
  }
}

export const requestIdentityVerification = notOffered('requestIdentityVerification')
export const requestIssueBillingKey = notOffered('requestIssueBillingKey')
export const requestIssueBillingKeyAndPay = notOffered('requestIssueBillingKeyAndPay')

/** All of it; a script puts it on `window`. */
export const PortOne = {
  requestPayment,
  requestIdentityVerification,
  requestIssueBillingKey,
  requestIssueBillingKeyAndPay
}
