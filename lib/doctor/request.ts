import { parseObject } from '../http/json.js'
import { messageOf, unchecked, wrong, type Check, type Finding } from './finding.js'

/** What a server answered, whatever that is. */
export interface Answer { status: number, headers: Headers, body: Record<string, unknown> | undefined }

/** Bytes of an answer that are read, at most: a web page may be long, and is not looked at. */
const MAX_BYTES = 64 * 1024

export type Target = { check: Check, url: string, timeoutMs: number }

/** Sends a request without following redirects. @returns what kept it from being answered, if something did */
export async function request (
  { check, url, timeoutMs }: Target, init: { method?: string, headers?: Record<string, string>, body?: string } = {}
): Promise<Answer | Finding> {
  try {
    const response = await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) })
    const text = await readStart(response)
    return { status: response.status, headers: response.headers, body: parseObject(text) }
  } catch (error) {
    return problemOf(error, check, url, timeoutMs)
  }
}

async function readStart ({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body ?? []) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes > MAX_BYTES) break
  }
  return String(Buffer.concat(chunks))
}

/** OpenSSL's and Node's codes of what is wrong with a certificate, or with what speaks no TLS at all. */
const TLS = /CERT|SSL|TLS|SELF_SIGNED|UNABLE_TO_|EPROTO/

function problemOf (error: unknown, check: Check, url: string, timeoutMs: number): Finding {
  const code = codeOf(error)
  if (error instanceof Error && error.name === 'TimeoutError') return wrong(check, 'timeout', url, String(timeoutMs))
  if (code === 'EAI_AGAIN') return unchecked(check, 'host', url) // the resolver of this machine has failed
  if (code === 'ENOTFOUND') return wrong(check, 'host', url)
  if (code === 'ECONNREFUSED') return wrong(check, 'connection_refused', url)
  if (TLS.test(code)) return wrong(check, 'tls', url, code)
  return wrong(check, 'connection', url, code || messageOf(error))
}

/** The code of the error that is behind `fetch failed`. */
function codeOf (error: unknown): string {
  if (!(error instanceof Error)) return ''
  return 'code' in error && typeof error.code === 'string' ? error.code : codeOf(error.cause)
}
