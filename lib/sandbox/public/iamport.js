/* global location, server */
/* The sandbox's stand-in for the provider's script of V1: IMP.init, IMP.agency, IMP.request_pay. */
import { isPhone, openLayerSoon, openWindow } from './layer.js'

const MAX_MERCHANT_UID = 40
let userCode
let tierCode
let giveUp
let isLeaving = false

console.warn('[fastify-iamport] IMP is the sandbox at ' + server + ': no money moves.')

function refuse (callback, params, message) {
  console.warn('[fastify-iamport] request_pay: ' + message)
  const answer = {
    success: false,
    imp_success: false,
    imp_uid: null,
    merchant_uid: params.merchant_uid === undefined ? null : params.merchant_uid,
    error_code: 'F400',
    error_msg: message,
  }
  if (typeof callback === 'function') setTimeout(callback, 0, answer)
  else window.alert(message)
}

function problemWith (params, isRedirect) {
  if (!userCode) return 'IMP.init(가맹점 식별코드)을 먼저 호출해 주세요.'
  if (typeof params.merchant_uid !== 'string' && typeof params.merchant_uid !== 'number') {
    return 'merchant_uid(주문번호)는 필수입니다.'
  }
  const order = String(params.merchant_uid)
  if (order === '' || order.length > MAX_MERCHANT_UID) return 'merchant_uid(주문번호)는 1자 이상 40자 이하여야 합니다.'
  const amount = typeof params.amount === 'string' && params.amount !== '' ? Number(params.amount) : params.amount
  const isBillingKey = amount === 0 && params.customer_uid
  if (typeof amount !== 'number' || !isFinite(amount) || (amount <= 0 && !isBillingKey)) {
    return 'amount(결제금액)가 올바르지 않습니다.'
  }
  if (!params.channelKey && !params.pg) return 'channelKey 또는 pg 파라미터가 필요합니다.'
  if (isRedirect && !params.m_redirect_url) return '모바일 결제에는 m_redirect_url이 필요합니다.'
  return undefined
}

/** The address of a window for this request. */
async function windowFor (params, mode) {
  const request = Object.assign({}, params)
  if (request.m_redirect_url) request.m_redirect_url = new URL(request.m_redirect_url, location.href).href
  const { location: path } = await openWindow(server, '/checkout', {
    request: JSON.stringify(request),
    mode,
    origin: location.origin,
    user_code: userCode,
    tier: tierCode || '',
  })
  return server + path
}

function overlay (params, callback) {
  function onMessage (message) {
    giveUp = undefined
    if (message.callback && typeof callback === 'function') callback(message.callback)
  }
  const mine = openLayerSoon(server, onMessage, (layer) => {
    windowFor(params, 'layer').then((address) => layer.show(address), (error) => {
      if (giveUp !== mine) return
      closeLayer()
      refuse(callback, params, error.message)
    })
  })
  giveUp = mine
}

function closeLayer () {
  if (giveUp) giveUp()
  giveUp = undefined
}

function leave (params, callback) {
  isLeaving = true
  windowFor(params, 'redirect')
    .then((address) => location.assign(address), (error) => refuse(callback, params, error.message))
    .finally(() => { isLeaving = false })
}

function requestPay (params, callback) {
  params = params || {}
  // PayPal leads away from the page on a PC too.
  const isRedirect = isPhone() || /^paypal/.test(params.pg || '')
  if (giveUp || isLeaving) return console.warn('[fastify-iamport] request_pay: the window is open already')
  const problem = problemWith(params, isRedirect)
  if (problem) return refuse(callback, params, problem)
  if (isRedirect) leave(params, callback)
  else overlay(params, callback)
}

window.IMP = {
  init (code) { userCode = code },
  agency (code, tier) {
    userCode = code
    tierCode = tier
  },
  request_pay: requestPay,
  certification (params, callback) { refuse(callback, params || {}, '샌드박스는 본인인증을 제공하지 않습니다.') },
  close: closeLayer
}
