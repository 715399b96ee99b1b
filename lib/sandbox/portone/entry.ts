import type { Recorded } from '../history.js'
import type { V2Payment, V2Status } from './payment.js'

/** A webhook that was sent to one address. */
export interface SentWebhook {
  id: string
  paymentStatus: V2Status
  url: string
  isAsync: boolean
  /** What brought it about, where that was not the buyer in the window. */
  trigger?: string | undefined
  /** Milliseconds since 1970. */
  triggeredAt: number
  executions: number
  manualResends: number
  /** The newest try. */
  request?: { header: string, body: string, requestedAt: number }
  response?: { code: number, body: string, respondedAt: number }
}

/** What the page names that opens a window, and what the sandbox alone knows of the payment. */
export interface V2Entry extends Recorded {
  generation: 'v2'
  payment: V2Payment
  /** Instead of the store's webhook URL. */
  noticeUrls: readonly string[]
  confirmUrl: string | undefined
  /** Until when an account takes the deposit; milliseconds since 1970. */
  dueAt: number
  /** Newest last. */
  webhooks: SentWebhook[]
}

/** Whether this attempt has succeeded, even if it was cancelled afterwards. */
export const hasBeenPaid = ({ payment }: V2Entry): boolean => payment.paidAt !== undefined
