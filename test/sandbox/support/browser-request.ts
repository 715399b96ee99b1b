import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'

export interface Reply { status: number, headers: IncomingMessage['headers'], text: string }

/**
 * Sends a request with the headers that a browser would send: `fetch` lets nobody choose Host, and adds some itself.
 * @param body a form, or anything else as JSON
 */
export async function browserRequest (
  url: string, method: string, headers: Record<string, string>, body?: object | URLSearchParams
): Promise<Reply> {
  const isForm = body instanceof URLSearchParams
  const type = isForm ? 'application/x-www-form-urlencoded' : 'application/json'
  const sent = request(url, { method, headers: { ...(body && { 'content-type': type }), ...headers } })
  sent.end(body && (isForm ? body.toString() : JSON.stringify(body)))
  const [answer]: IncomingMessage[] = await once(sent, 'response')
  if (!answer) throw new Error('no answer')
  const { statusCode = 0, headers: answered } = answer
  // A stream of events never ends.
  if (answered['content-type'] === 'text/event-stream') {
    answer.destroy()
    return { status: statusCode, headers: answered, text: '' }
  }
  let text = ''
  for await (const chunk of answer) text += String(chunk)
  return { status: statusCode, headers: answered, text }
}
