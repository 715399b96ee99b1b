import { request, type Dispatcher } from 'undici'

/** What the merchant's server answered. */
export interface PostAnswer {
  /** 0 where there was no answer. */
  status: number
  /** The beginning of its body, or what went wrong. */
  text: string
}

/** A body as it is sent. */
export interface Content { text: string, type: string }

/** Bytes of an answer that are read; only the beginning is shown. */
const MAX_ANSWER_BYTES = 4096

/** A body as JSON or as a form, in which everything is text. */
export function encode (body: Record<string, unknown>, format: 'json' | 'form'): Content {
  if (format === 'json') return { text: JSON.stringify(body), type: 'application/json' }
  const fields = Object.entries(body).map(([key, value]): [string, string] => [key, String(value)])
  return { text: new URLSearchParams(fields).toString(), type: 'application/x-www-form-urlencoded' }
}

const isConnection = (error: unknown): error is Error & { code?: string } => error instanceof Error

export interface PostOptions {
  /** Beside the type of the body. */
  headers?: Record<string, string>
  /** Milliseconds for the whole exchange. */
  timeoutMs: number
  dispatcher: Dispatcher
  signal: AbortSignal
}

/** Sends a body to the merchant's server. Never rejects: where there is no answer, `status` is 0. */
export async function post (url: string, { text, type }: Content, options: PostOptions): Promise<PostAnswer> {
  const { headers, timeoutMs, dispatcher, signal } = options
  try {
    const answer = await request(url, {
      method: 'POST',
      headers: { 'content-type': type, 'user-agent': 'fastify-iamport-sandbox', ...headers },
      body: text,
      dispatcher,
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    })
    const chunks: Buffer[] = []
    let bytes = 0
    for await (const chunk of answer.body) {
      chunks.push(chunk)
      bytes += chunk.length
      if (bytes > MAX_ANSWER_BYTES) break
    }
    return { status: answer.statusCode, text: Buffer.concat(chunks).toString('utf8', 0, MAX_ANSWER_BYTES) }
  } catch (error) {
    return { status: 0, text: isConnection(error) ? error.code ?? error.message : String(error) }
  }
}
