import { request, type Dispatcher } from 'undici'

/** What the merchant's server answered. */
export interface PostAnswer {
  /** 0 where there was no answer. */
  status: number
  /** The beginning of its body, or what went wrong. */
  text: string
}

/** Bytes of an answer that are read; only the beginning is shown. */
const MAX_ANSWER_BYTES = 4096

const isConnection = (error: unknown): error is Error & { code?: string } => error instanceof Error

/** Sends a JSON or form body to the merchant's server. Never rejects: where there is no answer, `status` is 0. */
export async function post (url: string, body: Record<string, string | number>, options: {
  format: 'json' | 'form'
  /** Milliseconds for the whole exchange. */
  timeoutMs: number
  dispatcher: Dispatcher
  signal: AbortSignal
}): Promise<PostAnswer> {
  const isForm = options.format === 'form'
  try {
    const answer = await request(url, {
      method: 'POST',
      headers: {
        'content-type': isForm ? 'application/x-www-form-urlencoded' : 'application/json',
        'user-agent': 'fastify-iamport-sandbox',
      },
      body: isForm
        ? new URLSearchParams(
          Object.fromEntries(Object.entries(body).map(([key, value]) => [key, String(value)]))
        ).toString()
        : JSON.stringify(body),
      dispatcher: options.dispatcher,
      signal: AbortSignal.any([options.signal, AbortSignal.timeout(options.timeoutMs)]),
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
