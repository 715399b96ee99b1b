/* global location */
/* The sandbox's stand-in for the provider's script: IMP.init, IMP.agency, IMP.request_pay. */
(function () {
  'use strict'

  const script = document.currentScript
  const server = new URL(script && script.src ? script.src : location.href, location.href).origin
  const MARK = 'fastify-iamport-sandbox'
  const MAX_MERCHANT_UID = 40
  let userCode
  let tierCode
  let layer
  let isLeaving = false

  console.warn('[fastify-iamport] IMP is the sandbox at ' + server + ': no money moves.')

  const isPhone = () => /Android|iPhone|iPad|iPod|Mobile/i.test(navigator.userAgent)

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

  /**
   * The address of a window for this request. A form would not do: under `Referrer-Policy: no-referrer`, which helmet
   * sets, it says `Origin: null`, and the sandbox opens no window for a page that it does not know.
   */
  async function windowFor (params, mode) {
    const request = Object.assign({}, params)
    if (request.m_redirect_url) request.m_redirect_url = new URL(request.m_redirect_url, location.href).href
    const fields = {
      request: JSON.stringify(request),
      mode,
      origin: location.origin,
      user_code: userCode,
      tier: tierCode || '',
    }
    const init = { method: 'POST', headers: { accept: 'application/json' }, body: new URLSearchParams(fields) }
    const answer = await fetch(server + '/checkout', init).catch(() => {
      throw new Error('샌드박스(' + server + ')가 결제창을 열어 주지 않았습니다. 샌드박스가 실행 중인지,' +
        ' 이 페이지의 호스트가 허용되어 있는지(--allow-host), CSP의 connect-src에 샌드박스가 있는지 확인해 주세요.')
    })
    const content = await answer.json()
    if (!answer.ok) throw new Error(content.message)
    return server + content.location
  }

  function openLayer (params, callback) {
    const cover = document.createElement('div')
    const frame = document.createElement('iframe')
    const focused = document.activeElement
    const overflow = document.body.style.overflow
    const isSmall = window.innerWidth < 520
    cover.setAttribute('role', 'dialog')
    cover.setAttribute('aria-modal', 'true')
    cover.setAttribute('aria-label', '결제창')
    Object.assign(cover.style, {
      position: 'fixed',
      inset: '0',
      zIndex: '2147483647',
      display: 'flex',
      alignItems: 'center',
      justifyContent: 'center',
      background: 'rgba(15, 23, 42, .55)',
    })
    Object.assign(frame.style, {
      border: '0',
      background: '#fff',
      width: isSmall ? '100%' : '440px',
      height: isSmall ? '100%' : 'min(760px, 94vh)',
      borderRadius: isSmall ? '0' : '16px',
      boxShadow: '0 24px 64px rgba(15, 23, 42, .35)',
    })
    frame.title = '결제창'
    // The page beneath is out of reach, for the keyboard and a screen reader too.
    const beneath = [...document.body.children].filter((child) => !child.inert)
    for (const child of beneath) child.inert = true
    cover.append(frame)
    document.body.append(cover)
    document.body.style.overflow = 'hidden'
    frame.addEventListener('load', () => frame.focus())

    function close () {
      window.removeEventListener('message', listen)
      cover.remove()
      for (const child of beneath) child.inert = false
      document.body.style.overflow = overflow
      layer = undefined
      if (focused && focused.focus) focused.focus()
    }
    function listen (event) {
      if (event.origin !== server || event.source !== frame.contentWindow || !event.data || event.data.mark !== MARK) {
        return
      }
      close()
      if (event.data.callback && typeof callback === 'function') callback(event.data.callback)
    }
    window.addEventListener('message', listen)
    const own = { close }
    layer = own
    windowFor(params, 'layer').then((address) => {
      if (layer === own) frame.src = address
    }, (error) => {
      if (layer !== own) return
      close()
      refuse(callback, params, error.message)
    })
  }

  /** A script in the head may ask for the window before there is a body to lay it over. */
  function openLayerSoon (params, callback) {
    if (document.body) return openLayer(params, callback)
    const waiting = { close () { layer = undefined } }
    layer = waiting
    document.addEventListener('DOMContentLoaded', () => {
      if (layer === waiting) openLayer(params, callback)
    }, { once: true })
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
    if (layer || isLeaving) return console.warn('[fastify-iamport] request_pay: the window is open already')
    const problem = problemWith(params, isRedirect)
    if (problem) return refuse(callback, params, problem)
    if (isRedirect) leave(params, callback)
    else openLayerSoon(params, callback)
  }

  window.IMP = {
    init (code) { userCode = code },
    agency (code, tier) {
      userCode = code
      tierCode = tier
    },
    request_pay: requestPay,
    certification (params, callback) { refuse(callback, params || {}, '샌드박스는 본인인증을 제공하지 않습니다.') },
    close () { if (layer) layer.close() }
  }
})()
