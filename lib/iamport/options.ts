import { Type } from '@sinclair/typebox'
import { checkOptions, readCommonOptions, type CommonOptions, type CommonSettings } from '../plugin/options.js'
import { commonOptions, optional, strict, text } from '../plugin/options-schema.js'

/**
 * The addresses that the provider's webhooks come from.
 * Source: https://developers.portone.io/opi/ko/integration/webhook/readme-v1
 */
export const IAMPORT_WEBHOOK_ADDRESSES: readonly string[] = ['52.78.100.19', '52.78.48.223', '52.78.5.241']

/** The options of the plugin for PortOne V1 (Iamport). */
export interface IamportOptions<Tx = unknown> extends CommonOptions<Tx> {
  /** REST API key. */
  impKey: string
  /** REST API secret. */
  impSecret: string
  /** @default 'https://api.iamport.kr' */
  baseUrl?: string | undefined
  /** Sub-merchant code, sent as the `Tier` header. */
  tier?: string | undefined
}

/** Options with every default filled in. */
export interface Settings<Tx> extends CommonSettings<Tx>, Pick<IamportOptions, 'impKey' | 'impSecret' | 'tier'> {}

/** Types the hooks by the ledger, so that `tx` is its transaction. Returns its argument. */
export const iamportOptions = <Tx>(options: IamportOptions<Tx>): IamportOptions<Tx> => options

const Options = Type.Object({
  impKey: text,
  impSecret: text,
  ...commonOptions,
  tier: optional(Type.String({ pattern: '^[\\x21-\\x7e]+$', description: 'a code of ASCII without spaces' })),
}, strict)

/** The names of all options, for the test of the documentation. */
export const OPTION_NAMES = Object.keys(Options.properties)

/**
 * Checks the options once and fills in the defaults. Does not change its argument.
 * @throws IAMPORT_INVALID_OPTIONS
 */
export function readOptions<Tx> (options: IamportOptions<Tx>): Settings<Tx> {
  checkOptions({ schema: Options, variables: { impKey: 'IMP_KEY', impSecret: 'IMP_SECRET' } }, options)
  const { impKey, impSecret, tier } = options
  return { ...readCommonOptions(options, 'https://api.iamport.kr'), impKey, impSecret, tier }
}
