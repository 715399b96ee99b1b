/**
 * @typedef {import('./plan.js').Plan} Plan
 * @typedef {object} Parts
 * @property {import('fastify-iamport/sandbox').Sandbox} sandbox
 * @property {import('./orders.js').Orders} orders
 * @property {import('./page.js').Page} page
 * @property {import('./clerk.js').Clerk} clerk
 * @property {string} origin of the shop
 */

/** Done, unless the provider refuses: a payment is approved late, an account was closed. @param {() => unknown} work */
function unlessRefused (work) {
  try {
    work()
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'SANDBOX_REFUSED')) throw error
  }
}

/** @param {Parts} parts @returns {(plan: Plan) => Promise<void>} */
export function createBuyerV1 ({ sandbox, page, clerk, origin }) {
  return async function buy ({ kind, order, units, isAccount, isDeposited, isBrowserBack, ...plan }) {
    const { imp_uid: impUid } = await sandbox.pay({
      merchant_uid: order,
      amount: kind === 'tampered' ? 100 : units,
      pay_method: isAccount ? 'vbank' : 'card',
      sandbox: kind === 'test',
      decline: kind === 'declined' ? '한도초과' : undefined,
      leave: kind === 'left',
      notice_url: `${origin}/payments/webhook`,
    })
    const cancel = () => {
      for (const part of plan.cancellations) unlessRefused(() => sandbox.cancel(impUid, { amount: units * part }))
    }
    if (kind === 'card') clerk.approves(impUid)
    if (plan.isCancelledFirst) cancel()
    if (isBrowserBack) await page.post('/payments/complete', { imp_uid: impUid })
    if (isDeposited) unlessRefused(() => sandbox.deposit(impUid))
    if (!plan.isCancelledFirst || isDeposited) cancel()
  }
}

/** @param {Parts} parts @returns {(plan: Plan) => Promise<void>} */
export function createBuyerV2 ({ sandbox, orders, page, clerk, origin }) {
  return async function buy (plan) {
    const { kind, order, units, currency, isAccount, isBrowserBack } = plan
    const paymentId = `${order}v2`
    orders.addAttempt(paymentId, order)
    const request = {
      paymentId,
      totalAmount: kind === 'tampered' && !plan.isCurrencyTampered ? 100 : units,
      currency: kind === 'tampered' && plan.isCurrencyTampered ? 'KRW' : currency,
      channelKey: plan.isManual ? 'channel-key-manual' : 'channel-key-live',
      noticeUrls: [`${origin}/v2/payments/webhook`],
      isTest: kind === 'test',
    }
    function cancel () {
      for (const part of plan.cancellations) {
        const amount = request.totalAmount * part
        unlessRefused(() => sandbox.v2.cancel(paymentId, { amount, chargeback: plan.isChargeback }))
      }
    }
    /** @param {Parameters<typeof sandbox.payV2>[0]} payment */
    async function attempt (payment) {
      const { txId, paymentToken } = await sandbox.payV2(payment)
      if (plan.isCancelledFirst) cancel()
      if (!isBrowserBack) return
      if (!plan.isRedirected) return page.post('/v2/payments/complete', { paymentId, txId, paymentToken })
      await page.redirect('/v2/payments/complete/mobile', { paymentId, txId, ...paymentToken && { paymentToken } })
        .catch(() => {}) // the app restarts
    }
    if (plan.earlier === 'declined') await attempt({ ...request, decline: '한도초과' })
    if (plan.earlier === 'account') {
      await attempt({ ...request, channelKey: 'channel-key-live', payMethod: 'VIRTUAL_ACCOUNT' })
    }
    await attempt({
      ...request,
      payMethod: isAccount ? 'VIRTUAL_ACCOUNT' : 'CARD',
      decline: kind === 'declined' ? '한도초과' : undefined,
      leave: kind === 'left',
    })
    if (plan.isDeposited) unlessRefused(() => sandbox.v2.deposit(paymentId))
    if (plan.isExpired) unlessRefused(() => sandbox.v2.expire(paymentId))
    if (!plan.isCancelledFirst || plan.isDeposited) cancel()
    if (!plan.endsLast) clerk.endSoon(paymentId)
  }
}
