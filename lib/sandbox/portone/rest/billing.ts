import { Type, type Static } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import type { Clock } from '../../clock.js'
import { fieldsOf, text } from '../../rest/fields.js'
import { scheduleOf, type Billing, type BillingRequest, type PaymentSchedule } from '../billing.js'
import { ApiRefusal } from '../errors.js'
import { timeOf } from '../wire.js'
import { Amount, checkCurrency, msOf, readBody, readQueryBody, StoreId, Text, Time } from './body.js'
import { PageBody } from './filters.js'
import { pageOf } from './lists.js'
import type { PathOf } from './lookups.js'

const BillingBody = Type.Object({
  storeId: StoreId,
  billingKey: Text,
  channelKey: Type.Optional(Text),
  orderName: Text,
  amount: Type.Object({ total: Amount, taxFree: Type.Optional(Amount), vat: Type.Optional(Amount) }),
  currency: Text,
  customer: Type.Optional(Type.Object({
    id: Type.Optional(Text),
    name: Type.Optional(Type.Object({ full: Type.Optional(Text) })),
    email: Type.Optional(Text),
    phoneNumber: Type.Optional(Text),
  })),
  customData: Type.Optional(Text),
  noticeUrls: Type.Optional(Type.Array(Text)),
  skipWebhook: Type.Optional(Type.Boolean()),
})
const ScheduleBody = Type.Object({ payment: BillingBody, timeToPay: Time })
const RevokeBody = Type.Object({
  storeId: StoreId, billingKey: Type.Optional(Text), scheduleIds: Type.Optional(Type.Array(Text)),
})
const SchedulesBody = Type.Object({
  page: PageBody,
  sort: Type.Optional(Type.Object({ by: Type.Optional(Text), order: Type.Optional(Text) })),
  filter: Type.Optional(Type.Object({
    storeId: StoreId,
    billingKey: Type.Optional(Text),
    from: Type.Optional(Time),
    until: Type.Optional(Time),
    status: Type.Optional(Type.Array(Text)),
  })),
})

/** Milliseconds: how far back a list begins by default, as documented. */
const DEFAULT_PERIOD_MS = 90 * 24 * 60 * 60 * 1000

function requestOf (paymentId: string, body: Static<typeof BillingBody>): BillingRequest {
  checkCurrency(body.currency)
  const { amount, customer, skipWebhook: _, ...rest } = body
  if ((amount.taxFree ?? 0) + (amount.vat ?? 0) > amount.total) {
    throw new ApiRefusal('SUM_OF_PARTS_EXCEEDS_TOTAL_AMOUNT', '하위 항목들의 합이 전체 결제 금액을 초과했습니다.')
  }
  return {
    ...rest,
    paymentId,
    totalAmount: amount.total,
    taxFreeAmount: amount.taxFree,
    vatAmount: amount.vat,
    customer: { ...customer, name: customer?.name?.full },
  }
}

/** Payments by a billing key, and their schedules. */
export function mountBilling (scope: FastifyInstance, billing: Billing, storeId: string, clock: Clock): void {
  scope.post<PathOf>('/payments/:paymentId/billing-key', async (request) => {
    const body = readBody(BillingBody, request.body)
    const { payment } = billing.pay(requestOf(request.params.paymentId, body), { skipWebhook: body.skipWebhook })
    return { payment: { pgTxId: payment.pgTxId ?? '', paidAt: timeOf(payment.statusChangedAt) } }
  })

  scope.post<PathOf>('/payments/:paymentId/schedule', async (request) => {
    const { payment, timeToPay } = readBody(ScheduleBody, request.body)
    const { id } = billing.schedule(requestOf(request.params.paymentId, payment), msOf(timeToPay, 'timeToPay'))
    return { schedule: { id } }
  })

  const notFound = () => new ApiRefusal('PAYMENT_SCHEDULE_NOT_FOUND', '결제 예약건이 존재하지 않습니다.')

  scope.get<{ Params: { id: string } }>('/payment-schedules/:id', async (request) => {
    const asked = text(fieldsOf(request.query), 'storeId') ?? storeId
    const found = billing.schedules().find(({ id }) => id === request.params.id)
    if (!found || asked !== storeId) throw notFound()
    return scheduleOf(found, storeId)
  })

  scope.get('/payment-schedules', async (request) => {
    const { page, sort, filter = {} } = readQueryBody(SchedulesBody, request.query)
    const until = filter.until === undefined ? clock() : msOf(filter.until, 'until')
    const from = filter.from === undefined ? until - DEFAULT_PERIOD_MS : msOf(filter.from, 'from')
    const isIn = (one: PaymentSchedule) => one.timeToPay >= from && one.timeToPay <= until &&
      (filter.storeId ?? storeId) === storeId &&
      (filter.billingKey ?? one.request.billingKey) === one.request.billingKey &&
      (filter.status === undefined || filter.status.includes(one.status))
    const direction = sort?.order === 'ASC' ? 1 : -1
    const timeBy = (one: PaymentSchedule) => sort?.by === 'CREATED_AT' ? one.createdAt : one.timeToPay
    const found = billing.schedules().filter(isIn).sort((a, b) => direction * (timeBy(a) - timeBy(b)))
    return pageOf(found.map((one) => scheduleOf(one, storeId)), page)
  })

  scope.delete('/payment-schedules', async (request) => {
    const { billingKey, scheduleIds } = readQueryBody(RevokeBody, request.query, request.body)
    const all = billing.schedules()
    if (billingKey === undefined && scheduleIds === undefined) {
      throw new ApiRefusal('INVALID_REQUEST', 'billingKey or scheduleIds')
    }
    // A billing key alone means all of its schedules that are still to come.
    const wanted = scheduleIds === undefined
      ? all.filter((one) => one.request.billingKey === billingKey && one.status === 'SCHEDULED')
      : scheduleIds.map((id) => all.find((one) => one.id === id) ?? undefined)
    if (wanted.includes(undefined)) throw notFound()
    const revoked = wanted.filter((one) => one !== undefined)
    for (const one of revoked) billing.revoke(one)
    return { revokedScheduleIds: revoked.map(({ id }) => id), revokedAt: timeOf(clock()) }
  })
}
