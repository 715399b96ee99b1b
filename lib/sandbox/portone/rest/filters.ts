import { Type, type Static } from '@sinclair/typebox'
import type { v1PaymentOf } from '../of-v1.js'
import type { V2WirePayment } from '../wire.js'
import { Text, Time } from './body.js'

/** A payment of either version, as it is listed. */
export type Listed = V2WirePayment | ReturnType<typeof v1PaymentOf>

const oneOf = <Name extends string>(names: readonly Name[]) => Type.Union(names.map((name) => Type.Literal(name)))
const list = <Name extends string>(names: readonly Name[]) => Type.Optional(Type.Array(oneOf(names)))

/** Their names here: `PENDING` where a payment says `PAY_PENDING`. */
const STATUSES = ['READY', 'PENDING', 'VIRTUAL_ACCOUNT_ISSUED', 'PAID', 'FAILED', 'PARTIAL_CANCELLED',
  'CANCELLED'] as const
const METHODS = ['CARD', 'TRANSFER', 'VIRTUAL_ACCOUNT', 'GIFT_CERTIFICATE', 'MOBILE', 'EASY_PAY', 'CONVENIENCE_STORE',
  'CRYPTO'] as const
const SEARCHED = ['ALL', 'PAYMENT_ID', 'TX_ID', 'SCHEDULE_ID', 'ORDER_NAME', 'BILLING_KEY', 'PG_TX_ID', 'FAIL_REASON',
  'CUSTOMER_NAME', 'CUSTOMER_EMAIL', 'CUSTOMER_PHONE_NUMBER', 'VIRTUAL_ACCOUNT_NUMBER'] as const

export const PageBody = Type.Optional(Type.Object({
  number: Type.Optional(Type.Integer({ minimum: 0 })),
  size: Type.Optional(Type.Integer({ minimum: 1 })),
}))

/** What the list takes. A filter that the sandbox does not have is refused: to pass it over would list too much. */
export const ListBody = Type.Object({
  page: PageBody,
  filter: Type.Optional(Type.Object({
    merchantId: Type.Optional(Text),
    storeId: Type.Optional(Text),
    timestampType: Type.Optional(oneOf(['CREATED_AT', 'STATUS_CHANGED_AT'])),
    from: Type.Optional(Time),
    until: Type.Optional(Time),
    status: list(STATUSES),
    methods: list(METHODS),
    pgProvider: Type.Optional(Type.Array(Text)),
    isTest: Type.Optional(Type.Boolean()),
    isScheduled: Type.Optional(Type.Boolean()),
    sortBy: Type.Optional(oneOf(['REQUESTED_AT', 'STATUS_CHANGED_AT'])),
    sortOrder: Type.Optional(oneOf(['DESC', 'ASC'])),
    version: Type.Optional(oneOf(['V1', 'V2'])),
    webhookStatus: Type.Optional(oneOf(['SUCCEEDED', 'FAILED_NOT_OK_RESPONSE', 'FAILED_UNEXPECTED_ERROR'])),
    platformType: Type.Optional(oneOf(['SDK_MOBILE', 'SDK_PC', 'API'])),
    currency: Type.Optional(Text),
    textSearch: Type.Optional(Type.Array(Type.Object({ field: oneOf(SEARCHED), value: Text }))),
  }, { additionalProperties: false })),
}, { additionalProperties: false })
export type ListBody = Static<typeof ListBody>
type Filter = NonNullable<ListBody['filter']>

/** `PaymentMethodVirtualAccount` is `VIRTUAL_ACCOUNT` to a filter. */
const methodName = (type: string) =>
  type.replace(/^PaymentMethod/, '').replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase()

function textsOf (payment: Listed): Record<(typeof SEARCHED)[number], string | undefined> {
  const { customer, method } = payment
  const isV2 = payment.version === 'V2'
  const own = {
    PAYMENT_ID: payment.id,
    TX_ID: payment.transactionId,
    SCHEDULE_ID: isV2 ? payment.scheduleId : undefined,
    ORDER_NAME: payment.orderName,
    BILLING_KEY: isV2 ? payment.billingKey : undefined,
    PG_TX_ID: 'pgTxId' in payment ? payment.pgTxId : undefined,
    FAIL_REASON: 'failure' in payment ? payment.failure?.reason : undefined,
    CUSTOMER_NAME: customer.name,
    CUSTOMER_EMAIL: 'email' in customer ? customer.email : undefined,
    CUSTOMER_PHONE_NUMBER: 'phoneNumber' in customer ? customer.phoneNumber : undefined,
    VIRTUAL_ACCOUNT_NUMBER: method && 'accountNumber' in method ? method.accountNumber : undefined,
  }
  return { ...own, ALL: Object.values(own).join('\n') }
}

export const hasStatus = (status: Listed['status'], wanted: Filter['status']): boolean =>
  !wanted || wanted.some((name) => name === (status === 'PAY_PENDING' ? 'PENDING' : status))

type IsIn = (payment: Listed, filter: Filter) => boolean

/** Whether a payment is in the list, by one filter each, where that is given. */
const FILTERS: Partial<Record<keyof Filter, IsIn>> = {
  methods: ({ method }, { methods = [] }) =>
    method !== undefined && methods.some((name) => name === methodName(method.type)),
  pgProvider: ({ channel }, { pgProvider = [] }) => pgProvider.some((name) => name === channel?.pgProvider),
  isTest: ({ channel }, { isTest }) => isTest === (channel?.type === 'TEST'),
  isScheduled: (payment, { isScheduled }) =>
    isScheduled === (payment.version === 'V2' && payment.scheduleId !== undefined),
  currency: (payment, { currency }) => currency === payment.currency,
  platformType: ({ origin }, { platformType }) => platformType?.replace('SDK_', '') === origin.platformType,
  webhookStatus: (payment, { webhookStatus }) =>
    payment.version === 'V2' && payment.webhooks.at(-1)?.status === webhookStatus,
  textSearch: (payment, { textSearch = [] }) =>
    textSearch.every(({ field, value }) => textsOf(payment)[field]?.includes(value)),
}

/** Those that are asked for, beside version, status and times. */
export function filtersOf (filter: Filter): IsIn[] {
  const given = new Set(Object.entries(filter).flatMap(([name, value]) => value === undefined ? [] : [name]))
  return Object.entries(FILTERS).flatMap(([name, isIn]) => given.has(name) ? [isIn] : [])
}
