import type { Choice } from '../approval.js'

/** What the page shows of a payment, of either generation. */
export interface Bill {
  name: string
  order: string
  /** In the currency's major unit. */
  amount: number
  currency: string
  tel: string | null
  /** The method or the wallet that is chosen at first. */
  method: string
  /** UNIX seconds until when an account would take the deposit. */
  due: number
}

/** What the buyer does. */
export type Decision = { action: 'approve', choice: Choice } |
  /** Declined by the PG for that reason, or closed. */
  { action: 'decline', reason: string } | { action: 'close' }

/** What `IMP.request_pay` or `PortOne.requestPayment` hands to the page. */
export type Callback = Record<string, unknown>

/** How it went on, for the page and for the shop. */
export interface Outcome {
  /** `undefined`: the page gets nothing. */
  callback: Callback | undefined
  /** Where the buyer is led. */
  redirect: string | undefined
  /** Why it did not take place. */
  failure: string | undefined
}

/** A payment that waits for the buyer. */
export interface Checkout {
  bill (): Bill
  /** A second decision finds the same end. */
  decide (decision: Decision): Promise<Outcome>
}

/** An open window, or one whose end is known. */
export interface Window {
  /** A layer over the shop's page, or a page of its own that leads back. */
  mode: 'layer' | 'redirect'
  /** The shop's page: the only one that may frame the window and hear from it. */
  origin: string
  /** None where the request was refused. */
  checkout?: Checkout
  outcome?: Outcome
}
