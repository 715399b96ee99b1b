/**
 * @typedef {import('./truth-v1.js').Truth} Truth
 * @typedef {import('./orders.js').Order} Order
 * @typedef {import('fastify-iamport/sandbox').V2WirePayment} V2WirePayment
 */

/** What a shop may have heard of an attempt before there was money. */
const EARLY = ['failed:not_paid', 'failed:payment_failed']

/** Cents of a dollar, won of a won. @param {string} currency */
const unitsOf = (currency) => currency === 'USD' ? 100 : 1

/** How it differs from its order. @param {V2WirePayment} payment @param {Order | undefined} order */
function reasonOf ({ currency, amount: { total } }, order) {
  if (order === undefined) return 'order_not_found'
  if (currency !== order.currency) return 'currency_mismatch'
  return total === Math.round(order.amount * unitsOf(currency)) ? undefined : 'amount_mismatch'
}

/**
 * @param {V2WirePayment} payment an attempt
 * @param {Order | undefined} order
 * @param {boolean} isShown a lookup shows it; of other attempts under its id, which have no money, nobody has to know
 * @param {string[]} ran what has run of it
 * @returns {Truth}
 */
export function truthOfV2 (payment, order, isShown, ran) {
  const { id: merchantUid, transactionId: id, status, currency, amount: { total }, channel, method } = payment
  const cancellations = 'cancellations' in payment ? payment.cancellations ?? [] : []
  const done = cancellations.filter((one) => one.status === 'SUCCEEDED')
  const [scale, cancelled] = [unitsOf(currency), done.reduce((sum, { totalAmount }) => sum + totalAmount, 0)]
  const isAccount = status === 'VIRTUAL_ACCOUNT_ISSUED'
  const hasMoney = ['PAID', 'PARTIAL_CANCELLED'].includes(status) || (status === 'CANCELLED' && done.length > 0)
  const isClosed = status === 'CANCELLED' && !hasMoney
  const isManual = channel.key.includes('manual')
  const reason = reasonOf(payment, order)
  const truth = {
    id,
    merchantUid,
    what: `V2 ${status}, ${total / scale} ${currency} of ${order?.amount} ${order?.currency}, ` +
      `cancellations ${cancellations.map((one) => one.status).join(' ')}`,
    ...isManual && hasMoney && (channel.type === 'TEST' || reason !== undefined) &&
      { problem: 'the server approved what it must not' },
    kept: 0,
    cancelled: cancelled / scale,
  }

  if (channel.type === 'TEST') {
    const failures = ['failed:test_payment', 'failed:test_payment:issued', 'not_approved:test_payment']
    const must = isAccount ? ['failed:test_payment:issued'] : hasMoney ? ['failed:test_payment'] : []
    return { ...truth, must: isShown ? must : [], may: failures }
  }
  if (reason !== undefined) {
    const unpaid = [...EARLY, `failed:${reason}:issued`, `not_approved:${reason}`]
    if (!isShown || !(hasMoney || isAccount || isClosed)) {
      return { ...truth, must: [], may: [...unpaid, `refunded:${reason}`] }
    }
    if (isAccount) return { ...truth, must: [`failed:${reason}:issued`], may: unpaid }
    // Closed by us, or by somebody else after a refusal: if our second request got no answer, nobody can tell.
    const wasRefused = ran.includes(`failed:${reason}:issued`)
    if (isClosed) {
      const one = [`refunded:${reason}`, ...wasRefused ? ['cancelled:null'] : []]
      return { ...truth, must: [], may: unpaid, one }
    }
    const hasPerson = method?.type === 'PaymentMethodVirtualAccount' || order === undefined
    if (hasPerson) return { ...truth, must: [`failed:${reason}`], may: unpaid }
    const isOwed = status !== 'CANCELLED'
    // A refund that has failed is told before the next is sent.
    const hasFailed = isOwed || cancellations.some((one) => one.status === 'FAILED' && one.trigger === 'API')
    const wasAccepted = ran.includes(`refund_pending:${reason}`) && !ran.includes(`failed:${reason}`)
    const failure = wasAccepted ? `refund_failed:${reason}` : `failed:${reason}`
    return {
      ...truth,
      must: [...hasFailed ? [failure] : [], ...isOwed ? [] : [`refunded:${reason}`]],
      may: [...unpaid, `failed:${reason}`, `refund_pending:${reason}`, `refund_failed:${reason}`],
      isOwed,
    }
  }
  if (!isShown || !(hasMoney || isAccount || isClosed)) return { ...truth, must: [], may: [...EARLY, 'issued'] }
  if (isAccount) return { ...truth, must: ['issued'], may: EARLY }
  if (isClosed) return { ...truth, must: ['cancelled:null'], may: [...EARLY, 'issued'] }
  const isAll = status === 'CANCELLED'
  return {
    ...truth,
    must: [...isAll ? [] : ['paid'], ...done.map((one) => `cancelled:${one.id}`)],
    may: [...isAll ? ['paid'] : [], 'issued', ...EARLY],
    kept: (total - cancelled) / scale,
  }
}
