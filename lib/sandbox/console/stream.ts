import type { ServerResponse } from 'node:http'
import type { Faults } from '../faults/faults.js'
import type { AnyEntry, Records } from '../records.js'
import { newest, PAYMENTS_AT_ONCE, summaryOf } from './summary.js'

/** Milliseconds between messages: changes in between are sent together. */
const FLUSH_EVERY_MS = 250
/** Bytes that a page may be behind before it is cut off; it connects anew by itself and starts afresh. */
const MAX_BEHIND_BYTES = 2 ** 20

/** Tells every open console what happens, by server-sent events. */
interface Stream {
  open (response: ServerResponse): void
  close (): void
}

export function createStream (records: Records, faults: Faults): Stream {
  const pages = new Set<ServerResponse>()
  const changed = new Set<AnyEntry>()
  let timer: NodeJS.Timeout | undefined

  const message = (event: string, data: unknown) => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`
  const snapshot = () => ({ ...newest(records), total: records.size(), faults: faults.active() })

  function send (event: string, data: unknown) {
    for (const page of pages) {
      if (page.writableLength > MAX_BEHIND_BYTES) page.destroy()
      else page.write(message(event, data))
    }
  }

  function flush () {
    timer = undefined
    // The newest are those that a page shows.
    const payments = [...changed]
      .sort((a, b) => b.serial - a.serial)
      .slice(0, PAYMENTS_AT_ONCE)
      .map(summaryOf)
    changed.clear()
    send('changed', { payments, total: records.size() })
  }

  records.onChange((entry) => {
    if (pages.size === 0) return
    changed.add(entry)
    timer ??= setTimeout(flush, FLUSH_EVERY_MS).unref()
  })
  records.onClear(() => send('snapshot', snapshot()))
  faults.onChange(() => send('faults', faults.active()))

  return {
    open (response) {
      response.writeHead(200, {
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
      })
      response.write('retry: 1000\n')
      response.write(message('snapshot', snapshot()))
      pages.add(response)
      response.once('close', () => pages.delete(response))
    },
    close () {
      clearTimeout(timer)
      for (const page of pages) page.end()
    },
  }
}
