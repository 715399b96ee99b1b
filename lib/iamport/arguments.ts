import { Type } from '@sinclair/typebox'
import { TypeCompiler } from '@sinclair/typebox/compiler'
import { ValidationError } from '../errors.js'
import { IMP_UID_PATTERN } from '../completion/payment.js'

const checkImpUid = TypeCompiler.Compile(Type.String({ pattern: IMP_UID_PATTERN }))

export const isImpUid = (impUid: unknown): impUid is string => checkImpUid.Check(impUid)

export const malformedImpUid = () => new ValidationError(`imp_uid must match ${IMP_UID_PATTERN}`)

/** Checked because an `imp_uid` becomes part of a path. @throws FST_ERR_VALIDATION */
export function assertImpUid (impUid: unknown): asserts impUid is string {
  if (!isImpUid(impUid)) throw malformedImpUid()
}

/** An order number as a path segment. @throws FST_ERR_VALIDATION */
export function segment (merchantUid: string): string {
  const isText = typeof merchantUid === 'string' && merchantUid !== ''
  // A dot segment would change the path, and a lone surrogate cannot be encoded.
  if (!isText || /^\.\.?$/.test(merchantUid) || !merchantUid.isWellFormed()) {
    throw new ValidationError('merchant_uid must be a text that can be part of a path')
  }
  return encodeURIComponent(merchantUid)
}

/** JSON turns NaN into null, and without an amount everything is cancelled. @throws FST_ERR_VALIDATION */
export function assertAmounts (amounts: Record<string, unknown>): void {
  for (const [name, amount] of Object.entries(amounts)) {
    if (amount !== undefined && !(typeof amount === 'number' && Number.isFinite(amount) && amount >= 0)) {
      throw new ValidationError(`${name} must be a number of 0 or more`)
    }
  }
}
