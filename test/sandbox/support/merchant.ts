import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'

export interface Received { path: string, type: string | undefined, headers: IncomingHttpHeaders, body: string }

/** A merchant's server that writes down what reaches it, and answers as told. */
export interface Merchant {
  url: string
  received: Received[]
  /** The JSON bodies that reached that path. */
  bodies (path?: string): Record<string, unknown>[]
  /** The statuses of the next answers; 200 when there is none left. 0 closes the connection. */
  answers: number[]
  body: string
  /** Resolves when the next request is here. */
  arrived (): Promise<void>
}

export async function openMerchant (t: Test): Promise<Merchant> {
  const waiting: (() => void)[] = []
  const merchant: Merchant = {
    url: '',
    received: [],
    bodies: (path = '/hook') => merchant.received.filter((one) => one.path === path).map((one) => JSON.parse(one.body)),
    answers: [],
    body: 'ok',
    arrived: () => new Promise((resolve) => waiting.push(resolve)),
  }
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    for (const resolve of waiting.splice(0)) resolve()
    const { url = '', headers } = request
    merchant.received.push({ path: url, type: headers['content-type'], headers, body })
    const status = merchant.answers.shift() ?? 200
    if (status === 0) response.destroy()
    else response.writeHead(status).end(merchant.body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  merchant.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return merchant
}
