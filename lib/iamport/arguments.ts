import { Type } from '@sinclair/typebox'
import { TypeCompiler } from '@sinclair/typebox/compiler'
import { ValidationError } from '../errors.js'
import { IMP_UID_PATTERN } from '../completion/payment.js'

const checkImpUid = TypeCompiler.Compile(Type.String({ pattern: IMP_UID_PATTERN }))

export const isImpUid = (impUid: unknown): impUid is string => checkImpUid.Check(impUid)

/** An `imp_uid` becomes part of a path. @throws FST_ERR_VALIDATION */
export function assertImpUid (impUid: unknown): asserts impUid is string {
  if (!isImpUid(impUid)) throw new ValidationError(`imp_uid must match ${IMP_UID_PATTERN}`)
}

/** An order's number as part of a path. @throws FST_ERR_VALIDATION */
export function segment (merchantUid: string): string {
  // A dot segment would climb up the path, and a lone surrogate cannot be encoded.
  if (typeof merchantUid !== 'string' || merchantUid === '' || /^\.\.?$/.test(merchantUid) || !merchantUid.isWellFormed()) {
    throw new ValidationError('merchant_uid must be a text that can stand in a path')
  }
  return encodeURIComponent(merchantUid)
}

/** JSON makes null of NaN, and an absent amount cancels everything. @throws FST_ERR_VALIDATION */
export function assertAmounts (amounts: Record<string, unknown>): void {
  for (const [name, amount] of Object.entries(amounts)) {
    if (amount !== undefined && !(typeof amount === 'number' && Number.isFinite(amount) && amount >= 0)) {
      throw new ValidationError(`${name} must be a number of 0 or more`)
    }
  }
}
