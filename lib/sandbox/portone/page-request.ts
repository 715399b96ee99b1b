import { webUrl, webUrls } from '../checkout/request.js'
import { fieldsOf, text, type Fields } from '../rest/fields.js'
import { PAY_METHODS, type PayMethod } from './payment.js'
import type { V2PaymentRequest } from './request.js'

const isPayMethod = (name: string | undefined): name is PayMethod => PAY_METHODS.some((method) => method === name)

/** An amount as it is; what is none is refused later, not turned into one. */
const amount = (params: Fields, name: string): number | undefined => {
  const value = params[name]
  return value === undefined || value === null ? undefined : typeof value === 'number' ? value : NaN
}

const customerOf = (customer: Fields): V2PaymentRequest['customer'] => ({
  id: text(customer, 'customerId'),
  name: text(customer, 'fullName') ??
    ([text(customer, 'lastName'), text(customer, 'firstName')].filter(Boolean).join(' ') || undefined),
  email: text(customer, 'email'),
  phoneNumber: text(customer, 'phoneNumber'),
})

/** What `PortOne.requestPayment` was called with. All of it is the page's word, so a buyer can change it. */
export function v2RequestOf (params: Fields): V2PaymentRequest {
  const expiry = fieldsOf(fieldsOf(params.virtualAccount).accountExpiry)
  const payMethod = text(params, 'payMethod')
  return {
    storeId: text(params, 'storeId'),
    paymentId: text(params, 'paymentId') ?? '',
    orderName: text(params, 'orderName'),
    totalAmount: amount(params, 'totalAmount') ?? NaN,
    taxFreeAmount: amount(params, 'taxFreeAmount'),
    vatAmount: amount(params, 'vatAmount'),
    currency: text(params, 'currency'),
    // A method that the window lacks opens it at the card.
    payMethod: isPayMethod(payMethod) ? payMethod : 'CARD',
    channelKey: text(params, 'channelKey'),
    channelGroupId: text(params, 'channelGroupId'),
    customer: customerOf(fieldsOf(params.customer)),
    customData: params.customData,
    promotionId: text(params, 'promotionId'),
    noticeUrls: webUrls(params.noticeUrls),
    confirmUrl: webUrl(params.confirmUrl),
    easyPay: { easyPayProvider: text(fieldsOf(params.easyPay), 'easyPayProvider') },
    virtualAccount: {
      accountExpiry: { validHours: amount(expiry, 'validHours'), dueDate: text(expiry, 'dueDate') },
    },
  }
}
