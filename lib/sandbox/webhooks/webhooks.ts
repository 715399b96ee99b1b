import type { Entry } from '../entry.js'
import type { Deliveries, Message } from './deliveries.js'
import { encode } from './post.js'

/** Milliseconds for a first try. Documented: 10 s to connect, 30 s to read. */
const FIRST_TIMEOUT_MS = 40_000
/** Milliseconds for a redelivery. Documented: 15 s in all. */
const REDELIVERY_TIMEOUT_MS = 15_000

export interface WebhookOptions {
  /** Where webhooks go that have no `notice_url` of their own. */
  webhookUrl: string | undefined
  format: 'json' | 'form'
  /** Redeliveries: `times` 0 to 5, `everyMs` apart. Only after a network error or a 5xx. */
  resend: { times: number, everyMs: number }
}

/** The webhooks of V1. */
export interface Webhooks {
  /** Sends the payment's status to the merchant's server, in the background. */
  announce (entry: Entry, cancellationId?: string): void
  /** The last one again, `copies` at once. */
  repeat (entry: Entry, copies?: number): void
}

type Body = Record<string, string>

export function createWebhooks (deliveries: Deliveries, { webhookUrl, format, resend }: WebhookOptions): Webhooks {
  const last = new WeakMap<Entry, Body>()

  function urlsOf ({ request }: Entry): string[] {
    const own = [request.notice_url ?? []].flat()
    return own.length > 0 ? own : [webhookUrl ?? []].flat()
  }

  const messageOf = (body: Body): Message => ({
    label: body.status ?? '',
    content: encode(body, format),
    timeoutMs: (redelivery) => redelivery === 0 ? FIRST_TIMEOUT_MS : REDELIVERY_TIMEOUT_MS,
    redelivery: {
      isFailure: (status) => status === 0 || status >= 500,
      delayMs: (number) => number <= resend.times ? resend.everyMs : undefined,
      usualMs: resend.everyMs,
      isAwaited: true,
    },
  })

  const bodyOf = ({ payment: { imp_uid, merchant_uid, status } }: Entry): Body => ({ imp_uid, merchant_uid, status })

  return {
    announce (entry, cancellationId) {
      const body = { ...bodyOf(entry), ...(cancellationId !== undefined && { cancellation_id: cancellationId }) }
      const urls = urlsOf(entry)
      if (urls.length > 0) last.set(entry, body)
      deliveries.send(entry, urls, messageOf(body))
    },
    repeat (entry, copies) {
      deliveries.repeat(entry, urlsOf(entry), messageOf(last.get(entry) ?? bodyOf(entry)), copies)
    },
  }
}
