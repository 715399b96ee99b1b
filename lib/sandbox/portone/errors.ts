import { REFUSALS, type RefusalType } from './refusals.js'

/** What the provider's REST API refuses: its type, and its HTTP status. */
export class ApiRefusal extends Error {
  override readonly name = 'ApiRefusal'
  readonly statusCode: number

  constructor (readonly type: RefusalType, message?: string, readonly pg?: { pgCode: string, pgMessage: string }) {
    super(message ?? pg?.pgMessage ?? type)
    this.statusCode = REFUSALS[type]
  }

  /** Its JSON body. */
  get body (): Record<string, string> {
    return { type: this.type, message: this.message, ...this.pg }
  }
}

export const pgRefusal = (pgMessage: string, pgCode = 'F400'): ApiRefusal =>
  new ApiRefusal('PG_PROVIDER', pgMessage, { pgCode, pgMessage })

/** Why the page's script gets no payment: an error code of the provider's SDK. */
export type PageCode = 'BadRequest' | 'StoreNotFound' | 'ChannelNotFound' | 'PaymentAlreadyPaid' |
  'AmountNotEqualToPredefined' | 'ConfirmProcessFailed' | 'FAILURE_TYPE_PG'

/** The window does not open. */
export class PageRefusal extends Error {
  override readonly name = 'PageRefusal'
  constructor (readonly code: PageCode, message: string) { super(message) }
}
