import { Type, type TSchema } from '@sinclair/typebox'
import type { WebhookVersion } from './webhooks.js'

/** What the sandbox's V2 is set up with; the names are those of the plugin's options. */
export interface PortoneOptions {
  /** @default 'portone_secret' */
  apiSecret?: string | undefined
  /** @default 'store-00000000-0000-4000-8000-000000000000' */
  storeId?: string | undefined
  /**
   * Signs webhooks: `whsec_` and base64, or several during a rotation, with which each webhook is signed.
   * @default a fixed one, which the sandbox prints and its `portone.webhookSecret` names
   */
  webhookSecret?: string | string[] | undefined
  /** Where webhooks go that have no `noticeUrls`. @default none */
  webhookUrl?: string | undefined
  /** @default '2024-04-25' */
  webhookVersion?: WebhookVersion | undefined
  /** `form` only with the version `2024-01-01`. @default 'json' */
  webhookFormat?: 'json' | 'form' | undefined
}

const Name = Type.String({ minLength: 1 })
/** At least 16 bytes. */
const Secret = Type.String({ pattern: '^(whsec_)?[A-Za-z0-9+/]{22,}={0,2}$' })

const CHECKS: Required<{ [Option in keyof PortoneOptions]: TSchema }> = {
  apiSecret: Name,
  storeId: Name,
  webhookSecret: Type.Union([Secret, Type.Array(Secret, { minItems: 1 })], {
    description: 'whsec_ and the base64 of at least 16 bytes, or an array of such secrets',
  }),
  webhookUrl: Type.String({ pattern: '^https?://', description: 'an address that begins with http:// or https://' }),
  webhookVersion: Type.Union([Type.Literal('2024-04-25'), Type.Literal('2024-01-01')], {
    description: '2024-04-25 or 2024-01-01',
  }),
  webhookFormat: Type.Union([Type.Literal('json'), Type.Literal('form')], { description: 'json or form' }),
}
/** For the documentation's test. */
export const PORTONE_OPTION_NAMES: readonly string[] = Object.keys(CHECKS)
export const PortoneOptionsSchema = Type.Partial(Type.Object(CHECKS, { additionalProperties: false }))
