import { Type } from '@sinclair/typebox'
import type { Priced, PricedByAny } from '../hooks.js'
import { checkOptions, readCommonOptions, type CommonOptions, type CommonSettings } from '../plugin/options.js'
import { commonOptions, milliseconds, optional, strict, text } from '../plugin/options-schema.js'
import type { Payment } from '../completion/payment.js'
import type { PortonePayment } from './payment.js'
import { readSecrets } from './signature.js'

/**
 * The address that the provider's webhooks come from.
 * Source: https://developers.portone.io/opi/ko/integration/webhook/readme-v2
 */
export const PORTONE_WEBHOOK_ADDRESSES: readonly string[] = ['52.78.5.241']

/**
 * The argument of `getExpectedAmount`: a payment or, before an approval, an attempt, which has none of a payment's
 * other fields, nor an amount.
 */
export type PortonePriced = PortonePayment | (Exclude<PricedByAny, Payment> & { portone?: undefined })

/** So that a hook written for V1 is taken. */
type OfV1 = Priced & { portone?: undefined }

/** The options of the plugin for PortOne V2. */
export interface PortoneOptions<Tx = unknown> extends
  CommonOptions<Tx, PortonePayment, PortonePriced | OfV1> {
  /** V2 API secret. It has an expiry date in the console: renew it in time. */
  apiSecret: string
  /** The store, `store-...`. Only its payments are completed. */
  storeId: string
  /**
   * Webhook secret, `whsec_...` or the base64 after it. Several: test and live mode, or a rotation. With it, webhooks
   * and confirmations without a right signature are refused. @default none: every notification is verified by lookup
   */
  webhookSecret?: string | readonly string[] | undefined
  /** @default 'https://api.portone.io' */
  baseUrl?: string | undefined
  /** One write (cancel, close, confirm), in milliseconds: the PG behind it may be slow. @default 30000 */
  writeTimeoutMs?: number | undefined
}

/** Options with every default filled in. */
export interface Settings<Tx> extends CommonSettings<Tx> {
  apiSecret: string
  storeId: string
  /** Empty: signatures are not checked. */
  webhookSecrets: Buffer[]
  writeTimeoutMs: number
}

/** Types the hooks by the ledger, so that `tx` is its transaction. Returns its argument. */
export const portoneOptions = <Tx>(options: PortoneOptions<Tx>): PortoneOptions<Tx> => options

/** What can be part of a header or a query without surprises. */
const visible = Type.String({ pattern: '^[\\x21-\\x7e]+$', description: 'a text of ASCII without spaces' })

const Options = Type.Object({
  apiSecret: visible,
  storeId: visible,
  webhookSecret: optional(Type.Union([text, Type.Array(Type.String())], {
    description: 'a secret (whsec_...) or an array of them; leave it out to check no signatures',
  })),
  ...commonOptions,
  writeTimeoutMs: optional(milliseconds),
}, strict)

/** The names of all options, for the test of the documentation. */
export const OPTION_NAMES = Object.keys(Options.properties)

const VARIABLES = {
  apiSecret: 'PORTONE_API_SECRET', storeId: 'PORTONE_STORE_ID', webhookSecret: 'PORTONE_WEBHOOK_SECRET',
}
/** Milliseconds. The provider advises 60 s or more, because of the PGs; a closing app waits for 20 s only. */
const WRITE_TIMEOUT_MS = 30_000

/**
 * Checks the options once and fills in the defaults. Does not change its argument.
 * @throws IAMPORT_INVALID_OPTIONS
 */
export function readOptions<Tx> (options: PortoneOptions<Tx>): Settings<Tx> {
  checkOptions({ schema: Options, variables: VARIABLES }, options)
  const { apiSecret, storeId, webhookSecret, writeTimeoutMs = WRITE_TIMEOUT_MS } = options
  return {
    ...readCommonOptions(options, 'https://api.portone.io'),
    apiSecret,
    storeId,
    webhookSecrets: webhookSecret === undefined ? [] : readSecrets(webhookSecret),
    writeTimeoutMs,
  }
}
