import type { FastifyInstance } from 'fastify'
import type { Lifecycle } from '../lifecycle.js'
import { answer, refuse } from './envelope.js'
import { fieldsOf, number, text } from './fields.js'

/** A card that is declined, for tests. */
const DECLINED_CARD = '4000000000000002'

/** POST /subscribe/payments/onetime: a payment by card number, without a window. */
export function mountOnetime (scope: FastifyInstance, lifecycle: Lifecycle): void {
  scope.post('/subscribe/payments/onetime', async (request, reply) => {
    const body = fieldsOf(request.body)
    const merchant_uid = text(body, 'merchant_uid')
    const amount = number(body, 'amount')
    const card = text(body, 'card_number')
    const expiry = text(body, 'expiry')
    if (merchant_uid === undefined || amount === undefined || card === undefined || expiry === undefined) {
      return refuse(reply, 200, 'merchant_uid, amount, card_number, expiry는 필수입니다.')
    }
    const own = [
      'currency',
      'name',
      'pg',
      'buyer_name',
      'buyer_email',
      'buyer_tel',
      'buyer_addr',
      'buyer_postcode',
      'custom_data',
      'customer_uid',
      'notice_url',
    ]
    const entry = lifecycle.open(
      {
        merchant_uid,
        amount,
        pay_method: 'card',
        ...Object.fromEntries(own.flatMap((name) => [[name, text(body, name)]])),
      },
      { channel: 'api', userAgent: 'sorry_not_supported_anymore' }
    )
    if (card.replace(/\D/g, '') === DECLINED_CARD) lifecycle.fail(entry, '한도초과')
    else await lifecycle.approve(entry, { quota: number(body, 'card_quota') })
    return answer(entry.payment)
  })
}
