import type { Test } from 'tap'
import { createSandbox, type Sandbox, type SandboxOptions } from '../../../lib/sandbox/index.js'

/** Every field that a test reads: it knows what it asked for. */
export interface V2Body {
  type?: string
  message?: string
  pgCode?: string
  id?: string
  status?: string
  transactionId?: string
  version?: string
  statusChangedAt?: string
  cancellation?: { id: string, status: string, totalAmount: number, taxFreeAmount: number }
  closedAt?: string
  payment?: { pgTxId: string, paidAt: string }
  schedule?: { id: string }
  revokedScheduleIds?: string[]
  webhook?: { id: string, status: string }
  items?: { id: string, transactionId?: string, status: string, version?: string }[]
  page?: { number: number, size: number, totalCount: number }
}
export interface V2Answer { status: number, headers: Headers, body: V2Body }

export interface V2Client {
  sandbox: Sandbox
  url: string
  /** A call as a merchant's server makes it; a GET's filter goes into `requestBody`. */
  call (method: string, path: string, body?: object, headers?: Record<string, string>): Promise<V2Answer>
}

/** A sandbox that listens, and a merchant's server that calls its V2. */
export async function openV2 (t: Test, options: SandboxOptions = {}): Promise<V2Client> {
  const sandbox = createSandbox(options)
  t.teardown(() => sandbox.close())
  const url = await sandbox.listen({ port: 0 })
  return {
    sandbox,
    url,
    async call (method, path, body, headers = {}) {
      const isQuery = method === 'GET' && body !== undefined
      const query = isQuery ? `?${new URLSearchParams({ requestBody: JSON.stringify(body) })}` : ''
      const answer = await fetch(`${url}/portone${path}${query}`, {
        method,
        headers: { authorization: 'PortOne portone_secret', 'content-type': 'application/json', ...headers },
        body: body && !isQuery ? JSON.stringify(body) : undefined,
      })
      const text = await answer.text()
      return { status: answer.status, headers: answer.headers, body: text === '' ? {} : JSON.parse(text) }
    },
  }
}
