import type { FastifyInstance } from 'fastify'
import type { Lifecycle } from '../lifecycle.js'
import type { Store } from '../store.js'
import { answer, refuse } from './envelope.js'
import { fieldsOf, isTrue, number, text } from './fields.js'

/** Cancels a payment, revokes a virtual account. */
export function mountCancel (scope: FastifyInstance, store: Store, lifecycle: Lifecycle): void {
  scope.post('/payments/cancel', async (request, reply) => {
    const body = fieldsOf(request.body)
    const impUid = text(body, 'imp_uid')
    const merchantUid = text(body, 'merchant_uid')
    if (impUid === undefined && merchantUid === undefined) return refuse(reply, 200, 'imp_uid 또는 merchant_uid를 입력해주세요.')
    // Both given: imp_uid decides, as documented. Of an order, the attempt that was paid.
    const attempts = store.ofOrder(merchantUid ?? '')
    const entry =
      impUid === undefined
        ? (attempts.findLast(({ payment }) => payment.paid_at > 0) ?? attempts.at(-1))
        : store.get(impUid)
    if (!entry) return refuse(reply, 200, '취소할 결제건이 존재하지 않습니다.')
    lifecycle.cancel(entry, {
      amount: number(body, 'amount'),
      checksum: number(body, 'checksum'),
      reason: text(body, 'reason'),
      refund_holder: text(body, 'refund_holder'),
      refund_bank: text(body, 'refund_bank'),
      refund_account: text(body, 'refund_account'),
    }, { actor: 'api', webhook: isTrue(body, 'enable_webhook') })
    return answer(entry.payment)
  })

  scope.delete<{ Params: { impUid: string } }>('/vbanks/:impUid', async (request, reply) => {
    const entry = store.get(request.params.impUid)
    if (!entry) return refuse(reply, 404, '존재하지 않는 결제정보입니다.')
    const { vbank_num, status } = entry.payment
    if (vbank_num === null || status !== 'ready') return refuse(reply, 400, '입금대기 상태의 가상계좌가 아닙니다.')
    lifecycle.revoke(entry)
    return answer(entry.payment)
  })
}
