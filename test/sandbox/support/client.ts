import type { Test } from 'tap'
import { createSandbox, type Sandbox, type SandboxOptions, type SandboxPayment } from '../../../lib/sandbox/index.js'

/** A clock that stands still until it is told to go on. */
export function createClock (ms = Date.UTC(2026, 7, 1)) {
  const clock = () => ms
  clock.advanceSec = (seconds: number) => { ms += seconds * 1000 }
  return clock
}

export interface Answer { status: number, headers: Headers, body: Envelope }
/** Every kind of answer in one: a test knows which it asked for. */
export type Response = SandboxPayment & SandboxPayment[] &
  { access_token: string, now: number, expired_at: number } &
  { total: number, previous: number, next: number, list: SandboxPayment[] }
export interface Envelope { code: number, message: string | null, response: Response }

/** A sandbox that listens, and a merchant's server that calls it. */
export interface Client {
  sandbox: Sandbox
  url: string
  call(
    method: string,
    path: string,
    body?: object | URLSearchParams,
    headers?: Record<string, string>
  ): Promise<Answer>
}

export async function openSandbox (t: Test, options: SandboxOptions = {}): Promise<Client> {
  const sandbox = createSandbox(options)
  t.teardown(() => sandbox.close())
  const url = await sandbox.listen({ port: 0 })
  const send = async (
    method: string,
    path: string,
    body: object | URLSearchParams | undefined,
    headers: Record<string, string>
  ): Promise<Answer> => {
    const isForm = body instanceof URLSearchParams
    const answer = await fetch(url + path, {
      method,
      headers: { ...(body && !isForm && { 'content-type': 'application/json' }), ...headers },
      body: body && (isForm ? body : JSON.stringify(body)),
    })
    return { status: answer.status, headers: answer.headers, body: await answer.json() as Envelope }
  }
  let token: string | undefined
  return {
    sandbox,
    url,
    async call (method, path, body, headers) {
      if (!headers) {
        token ??= (await send('POST', '/users/getToken', { imp_key: 'imp_key', imp_secret: 'imp_secret' }, {})).body
          .response.access_token
      }
      return send(method, path, body, headers ?? { authorization: `Bearer ${token}` })
    },
  }
}
