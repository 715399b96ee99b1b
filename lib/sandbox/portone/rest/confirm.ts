import { Type } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import type { Clock } from '../../clock.js'
import { hasBeenPaid, type V2Entry } from '../entry.js'
import { ApiRefusal, pgRefusal } from '../errors.js'
import type { V2Lifecycle } from '../lifecycle.js'
import type { V2Store } from '../store.js'
import { timeOf } from '../wire.js'
import { Amount, checkCurrency, readBody, StoreId, Text } from './body.js'
import { notFound, type Finder, type PathOf } from './lookups.js'

/** Milliseconds that a PG waits for the approval. Documented is only that it is long after "at once". */
const TOKEN_LIFETIME_MS = 10 * 60 * 1000

const ConfirmBody = Type.Object({
  storeId: StoreId,
  paymentToken: Text,
  txId: Type.Optional(Text),
  currency: Type.Optional(Text),
  totalAmount: Type.Optional(Amount),
  taxFreeAmount: Type.Optional(Amount),
  isTest: Type.Optional(Type.Boolean()),
  skipWebhook: Type.Optional(Type.Boolean()),
})

const RegisterBody = Type.Object({
  storeId: StoreId,
  totalAmount: Type.Optional(Amount),
  taxFreeAmount: Type.Optional(Amount),
  currency: Type.Optional(Text),
})

interface Parts { store: V2Store, finder: Finder, lifecycle: V2Lifecycle, clock: Clock }

/** What comes before the money: amounts registered beforehand, and the manual approval. */
export function mountConfirm (scope: FastifyInstance, { store, finder, lifecycle, clock }: Parts): void {
  scope.post<PathOf>('/payments/:paymentId/pre-register', async (request) => {
    const { storeId = finder.storeId, ...registered } = readBody(RegisterBody, request.body)
    const { paymentId } = request.params
    checkCurrency(registered.currency)
    if (storeId !== finder.storeId) throw new ApiRefusal('FORBIDDEN', '접근 권한이 없는 상점입니다.')
    if (store.attempts(paymentId).some(hasBeenPaid)) throw new ApiRefusal('ALREADY_PAID', '결제가 이미 완료되었습니다.')
    store.preRegister(paymentId, registered)
    return {}
  })

  /** The attempt with that token, which still waits for its approval. @throws ApiRefusal */
  function waiting (paymentId: string, token: string): V2Entry {
    const attempts = store.attempts(paymentId)
    if (attempts.length === 0) throw notFound()
    if (attempts.some(hasBeenPaid)) throw new ApiRefusal('ALREADY_PAID', '결제가 이미 완료되었습니다.')
    const entry = attempts.find((one) => lifecycle.authenticated(one)?.token === token)
    if (!entry) throw new ApiRefusal('INVALID_PAYMENT_TOKEN', '결제 토큰이 유효하지 않습니다.')
    return entry
  }

  scope.post<PathOf>('/payments/:paymentId/confirm', async (request) => {
    const body = readBody(ConfirmBody, request.body)
    checkCurrency(body.currency)
    const { paymentId } = request.params
    if ((body.storeId ?? finder.storeId) !== finder.storeId) throw notFound()
    const entry = waiting(paymentId, body.paymentToken)
    const { payment } = entry
    const isRight = [
      [body.txId, payment.transactionId],
      [body.currency, payment.currency],
      [body.totalAmount, payment.total],
      [body.taxFreeAmount, payment.taxFree],
      [body.isTest, payment.channel.type === 'TEST'],
    ].every(([said, is]) => said === undefined || said === is)
    if (!isRight) throw new ApiRefusal('INFORMATION_MISMATCH', '결제 정보가 일치하지 않습니다.')
    const since = lifecycle.authenticated(entry)?.at ?? 0
    if (clock() - since > TOKEN_LIFETIME_MS) {
      lifecycle.fail(entry, { reason: '승인 시간이 초과되었습니다.', pgCode: 'TIMEOUT' })
      throw pgRefusal('승인 시간이 초과되었습니다.', 'TIMEOUT')
    }
    lifecycle.conclude(entry, { skipWebhook: body.skipWebhook })
    return { pgTxId: payment.pgTxId ?? '', paidAt: timeOf(payment.statusChangedAt) }
  })
}
