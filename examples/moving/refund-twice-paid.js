/**
 * @param {import('fastify').FastifyInstance} app
 * @param {{ api: string, imp_uid: string, merchant_uid: string, amount: number | string }} due a row of refunds_due
 * @returns whether it is refunded
 */
export async function refundTwicePaid (app, { api, imp_uid, merchant_uid, amount }) {
  const reason = 'paid twice'
  if (api === 'v1') {
    const { status } = await app.iamport.cancelPayment({ imp_uid, checksum: Number(amount), reason })
    return status === 'cancelled' // some of PayPal's and WeChat Pay's end later
  }
  const { cancellation } = await app.portone.cancelPayment({ paymentId: merchant_uid, reason })
  return cancellation.status === 'SUCCEEDED' // REQUESTED ends later; FAILED: try again, or by hand
}
