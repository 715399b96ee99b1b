/** Why a payment does not count as paid. The first four are final; the others can still become paid. */
export type FailureReason =
  | 'amount_mismatch' | 'currency_mismatch' | 'test_payment' | 'order_not_found'
  | 'not_paid' | 'payment_failed'

/** The language of `message` and of our own page. */
export type Locale = 'ko' | 'en'

/** What a message to the buyer is about: a status, a reason for a failure, or why no decision could be made. */
export type MessageKey =
  | 'paid' | 'vbank_issued' | 'cancelled' | 'ignored'
  | FailureReason
  | 'payment_not_found' | 'order_mismatch' | 'invalid' | 'pending' | 'not_confirmed'

const MESSAGES: Record<MessageKey, Record<Locale, string>> = {
  paid: { ko: '결제가 완료되었습니다.', en: 'The payment is complete.' },
  vbank_issued: {
    ko: '가상계좌가 발급되었습니다. 기한 안에 입금해 주세요.',
    en: 'A virtual account has been issued. Please pay into it in time.',
  },
  cancelled: { ko: '취소된 결제입니다.', en: 'The payment has been cancelled.' },
  ignored: { ko: '결제 수단이 등록되었습니다.', en: 'The payment method has been registered.' },
  amount_mismatch: { ko: '결제 금액이 주문 금액과 다릅니다.', en: 'The amount paid is not that of the order.' },
  currency_mismatch: { ko: '결제 통화가 주문과 다릅니다.', en: 'The currency paid is not that of the order.' },
  test_payment: { ko: '테스트 결제는 인정되지 않습니다.', en: 'Test payments are not accepted.' },
  order_not_found: { ko: '이 결제에 해당하는 주문을 찾을 수 없습니다.', en: 'There is no order for this payment.' },
  not_paid: { ko: '결제가 아직 완료되지 않았습니다.', en: 'The payment has not been completed yet.' },
  payment_failed: { ko: '결제에 실패했습니다.', en: 'The payment failed.' },
  payment_not_found: { ko: '결제 정보를 찾을 수 없습니다.', en: 'The payment could not be found.' },
  order_mismatch: { ko: '다른 주문의 결제입니다.', en: 'The payment belongs to another order.' },
  invalid: { ko: '잘못된 요청입니다.', en: 'The request is not valid.' },
  pending: {
    ko: '결제 결과를 확인하고 있습니다. 다시 결제하지 마시고 잠시 후 확인해 주세요.',
    en: 'We are checking the payment. Please do not pay again; look again in a moment.',
  },
  not_confirmed: {
    ko: '지금은 결제를 승인할 수 없습니다. 결제되지 않았으니 잠시 후 다시 시도해 주세요.',
    en: 'The payment could not be approved now. Nothing was charged; please try again in a moment.',
  },
}

export const messageFor = (key: MessageKey, locale: Locale): string => MESSAGES[key][locale]
