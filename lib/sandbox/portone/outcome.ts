import type { Faults } from '../faults/faults.js'
import type { V2Entry } from './entry.js'
import type { PageRefusal } from './errors.js'
import type { V2Lifecycle } from './lifecycle.js'

/** What `PortOne.requestPayment` resolves to: failed where `code` is set. */
export interface PageAnswer {
  transactionType: 'PAYMENT'
  txId?: string
  paymentId: string
  /** Of a channel with manual approval: what the server confirms with. */
  paymentToken?: string
  code?: string
  message?: string
  pgCode?: string
  pgMessage?: string
}

export const refusedAnswer = (paymentId: string, { code, message }: PageRefusal): PageAnswer =>
  ({ transactionType: 'PAYMENT', paymentId, code, message })

/** As it is. A failure that the PG did not name comes from the confirmation. */
export function answerOf (entry: V2Entry, lifecycle: V2Lifecycle): PageAnswer {
  const { paymentId, transactionId: txId, status, failure } = entry.payment
  const paymentToken = lifecycle.authenticated(entry)?.token
  return {
    transactionType: 'PAYMENT',
    txId,
    paymentId,
    ...(paymentToken !== undefined && { paymentToken }),
    ...(status === 'FAILED' && {
      code: failure?.pgCode === undefined ? 'ConfirmProcessFailed' : 'FAILURE_TYPE_PG',
      message: failure?.reason ?? '결제에 실패했습니다.',
      ...(failure?.pgCode !== undefined && { pgCode: failure.pgCode, pgMessage: failure.pgMessage ?? failure.reason }),
    }),
  }
}

/** What a mistake of the provider or of a browser makes of it; see the fault `callback`. */
export function vary (answer: PageAnswer, faults: Faults): PageAnswer | undefined {
  const { code, message, pgCode, pgMessage, ...rest } = answer
  switch (faults.strike('callback')?.variant) {
    case 'undefined': return undefined
    case 'contradicting':
      return code === undefined ? { ...rest, code: 'UnknownError', message: '결과를 확인할 수 없습니다.' } : rest
    default: return answer
  }
}

/** `redirectUrl` with the outcome added to its query. */
export function v2RedirectOf (redirectUrl: string, answer: PageAnswer): string {
  const url = new URL(redirectUrl)
  for (const [name, value] of Object.entries(answer)) if (value !== undefined) url.searchParams.set(name, value)
  return url.href
}
