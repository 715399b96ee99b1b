/** @typedef {import('./truth-v1.js').Truth} Truth */

/** What a shop may have heard of an attempt before there was money. */
const EARLY = ['failed:not_paid', 'failed:payment_failed']

/** Cents of a dollar, won of a won. @param {string} currency */
const unitsOf = (currency) => currency === 'USD' ? 100 : 1

/**
 * @param {import('fastify-iamport/sandbox').V2WirePayment} payment an attempt
 * @param {import('./orders.js').Order | undefined} order
 * @param {boolean} isShown a lookup shows it; of other attempts under its id, which have no money, nobody has to know
 * @returns {Truth}
 */
export function truthOfV2 (payment, order, isShown) {
  const { id: merchantUid, transactionId: id, status, currency, amount: { total }, channel, method } = payment
  const cancellations = 'cancellations' in payment ? payment.cancellations ?? [] : []
  const done = cancellations.filter((one) => one.status === 'SUCCEEDED')
  const [scale, cancelled] = [unitsOf(currency), done.reduce((sum, { totalAmount }) => sum + totalAmount, 0)]
  const truth = {
    id,
    merchantUid,
    what: `V2 ${status}, ${total / scale} ${currency} of ${order?.amount} ${order?.currency}, ` +
      `cancellations ${cancellations.map((one) => one.status).join(' ')}`,
    kept: 0,
    cancelled: cancelled / scale,
  }
  const isAccount = status === 'VIRTUAL_ACCOUNT_ISSUED'
  const hasMoney = ['PAID', 'PARTIAL_CANCELLED'].includes(status) || (status === 'CANCELLED' && done.length > 0)
  const isClosed = status === 'CANCELLED' && !hasMoney

  if (channel.type === 'TEST') {
    const failures = ['failed:test_payment', 'failed:test_payment:issued', 'not_approved:test_payment']
    const must = isAccount ? ['failed:test_payment:issued'] : hasMoney ? ['failed:test_payment'] : []
    return { ...truth, must: isShown ? must : [], may: failures }
  }
  const reason = order === undefined
    ? 'order_not_found'
    : currency !== order.currency ? 'currency_mismatch' : total !== Math.round(order.amount * scale) ? 'amount_mismatch' : undefined

  if (reason !== undefined) {
    const unpaid = [...EARLY, `failed:${reason}:issued`, `not_approved:${reason}`]
    if (!isShown || !(hasMoney || isAccount || isClosed)) {
      return { ...truth, must: [], may: [...unpaid, `refunded:${reason}`] }
    }
    if (isAccount) return { ...truth, must: [`failed:${reason}:issued`], may: unpaid }
    if (isClosed) return { ...truth, must: [`refunded:${reason}`], may: unpaid }
    const hasPerson = method?.type === 'PaymentMethodVirtualAccount' || order === undefined
    if (hasPerson) return { ...truth, must: [`failed:${reason}`], may: unpaid }
    const isOwed = status !== 'CANCELLED'
    return {
      ...truth,
      must: [`${isOwed ? 'failed' : 'refunded'}:${reason}`],
      may: [...unpaid, `failed:${reason}`, `refund_pending:${reason}`],
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
