import type { FastifyInstance } from 'fastify'
import type { Dispatcher } from 'undici'
import type { Opening } from '../checkout/routes.js'
import type { Receipt } from '../checkout/receipt.js'
import type { Clock } from '../clock.js'
import type { Faults } from '../faults/faults.js'
import type { Records } from '../records.js'
import type { Schedule } from '../schedule.js'
import type { Store } from '../store.js'
import type { Deliveries } from '../webhooks/deliveries.js'
import { createBilling } from './billing.js'
import { CHANNEL_GROUPS, CHANNELS, type Channel, type ChannelGroup } from './channels.js'
import { createConfirmProcess } from './confirm-process.js'
import { createV2Controls, type PaidV2, type PayV2, type V2Controls } from './controls.js'
import { createEnds } from './ends.js'
import { createV2Lifecycle } from './lifecycle.js'
import type { PortoneOptions } from './options.js'
import { createPage, v2ReceiptOf } from './page.js'
import { v2RestApi } from './rest/index.js'
import { DEFAULT_WEBHOOK_SECRET } from './signature.js'
import { createV2Store } from './store.js'
import { createV2Webhooks } from './webhooks.js'

/** Redeliveries of a webhook, as documented: V2 redelivers by itself. */
const DEFAULT_RESEND_TIMES = 5

export interface PortoneParts {
  options: PortoneOptions
  /** How webhooks are redelivered, where that is not as documented. */
  resend: { times?: number, everyMs?: number } | undefined
  testChannel: boolean
  records: Records
  v1: Store
  faults: Faults
  schedule: Schedule
  deliveries: Deliveries
  dispatcher: Dispatcher
  clock: Clock
  random: () => number
  closing: AbortSignal
  /** The sandbox's own address. */
  ownUrl: () => string
}

/** What a shop is set up with. */
export interface Portone {
  readonly baseUrl: string
  apiSecret: string
  storeId: string
  webhookSecret: string
  channels: readonly Channel[]
  channelGroups: readonly ChannelGroup[]
}

export interface PortoneSandbox {
  portone: Portone
  controls: V2Controls
  payV2 (request: PayV2): Promise<PaidV2>
  rest (scope: FastifyInstance): Promise<void>
  opening: Opening
  findReceipt (transactionId: string): Receipt | undefined
  /** Gives up what was to happen later. */
  clear (): void
}

/** The provider's V2: its REST API, its webhooks, what its page's script asks for. */
export function createPortone (parts: PortoneParts): PortoneSandbox {
  const { options, resend, records, v1, faults, schedule, deliveries, clock, random, closing, ownUrl } = parts
  const {
    apiSecret = 'portone_secret',
    storeId = 'store-00000000-0000-4000-8000-000000000000',
    webhookSecret = DEFAULT_WEBHOOK_SECRET,
    webhookVersion: version = '2024-04-25',
  } = options
  const secrets = [webhookSecret].flat()
  const store = createV2Store(records)
  const webhooks = createV2Webhooks({ deliveries, faults, clock, random }, {
    storeId,
    secrets,
    version,
    webhookUrl: options.webhookUrl,
    format: options.webhookFormat ?? 'json',
    times: resend?.times ?? DEFAULT_RESEND_TIMES,
    everyMs: resend?.everyMs,
  })
  const askConfirmation = createConfirmProcess({
    store, webhooks, clock, version, dispatcher: parts.dispatcher, signal: closing,
  })
  const common = { store, clock, schedule, faults, webhooks }
  const lifecycle = createV2Lifecycle({ ...common, askConfirmation, storeId, testChannel: parts.testChannel, ownUrl })
  const ends = createEnds(common)
  const billing = createBilling({ store, lifecycle, schedule, clock })
  const page = createPage({ lifecycle, faults, webhooksSent: () => deliveries.idle() })
  const { onClear } = records

  return {
    portone: {
      get baseUrl () { return `${ownUrl()}/portone` },
      apiSecret,
      storeId,
      webhookSecret: secrets[0] ?? '',
      channels: CHANNELS,
      channelGroups: CHANNEL_GROUPS,
    },
    ...createV2Controls({ store, storeId, lifecycle, ends, webhooks, page }),
    rest: v2RestApi({ apiSecret, storeId, v1, billing, ends, lifecycle, closing, onClear, ...common }),
    opening: page.opening,
    findReceipt: (transactionId) => v2ReceiptOf(store.byTransaction(transactionId)),
    clear () {
      lifecycle.clear()
      ends.clear()
      billing.clear()
    },
  }
}
