import { createError } from '@fastify/error'
import type { FastifyReply, FastifyRequest, RequestPayload } from 'fastify'
import { finished, Readable } from 'node:stream'

/**
 * Bytes. A webhook or a confirmation has a few short fields; a page may also post the merchant's own. At Fastify's
 * default of 1 MiB, a form of many keys blocks the event loop for a third of a second, and anyone can post one.
 */
export const WEBHOOK_BODY_BYTES = 16 * 1024
export const PAGE_BODY_BYTES = 64 * 1024

/** Fastify's own code and message. */
const BodyTooLargeError = createError<[]>('FST_ERR_CTP_BODY_TOO_LARGE', 'Request body is too large', 413)

type Done = (error: Error | null, payload?: RequestPayload) => void

/**
 * Route options that limit the body, whatever the app's own limit and parsers are. Fastify's `bodyLimit` applies only
 * to parsers that receive a collected body; here a parser that reads the stream itself gets no more either.
 */
export function limitBody (maxBytes: number) {
  return {
    bodyLimit: maxBytes,
    /** With a callback, as every request comes by here: a promise costs it two turns of the microtask queue. */
    preParsing: function checkLength (
      { raw }: FastifyRequest, reply: FastifyReply, payload: RequestPayload, done: Done
    ): void {
      const refuse = (error: Error) => {
        reply.header('connection', 'close') // as Fastify does: the rest of the body may still come
        if (payload !== raw) payload.destroy() // stops decompressing the rest
        done(error)
      }
      const announced = Number(raw.headers['content-length'])
      if (announced > maxBytes) refuse(new BodyTooLargeError())
      // HTTP holds a body to its announced length, unless a hook of the app has decompressed it.
      else if (payload === raw && !Number.isNaN(announced)) done(null, payload)
      else readWithin(payload, maxBytes).then((body) => done(null, body), refuse)
    }
  }
}

/** The body as a stream that has been read completely. */
async function readWithin (payload: RequestPayload, maxBytes: number): Promise<RequestPayload> {
  const chunks: Buffer[] = []
  let bytes = 0
  await new Promise<void>((resolve, reject) => {
    function collect (chunk: Buffer | string): void {
      const buffer = Buffer.from(chunk)
      bytes += buffer.length
      if (bytes <= maxBytes) {
        chunks.push(buffer)
      } else {
        payload.off('data', collect)
        reject(new BodyTooLargeError())
      }
    }
    payload.on('data', collect)
    payload.resume() // @fastify/compress pauses what it decompresses
    finished(payload, { writable: false }, (error) => error ? reject(asSendersError(error)) : resolve())
  })
  // Fastify compares the announced length with the length before decompression.
  const { receivedEncodedLength = bytes } = payload
  return Object.assign(Readable.from([Buffer.concat(chunks)]), { receivedEncodedLength })
}

/** A body that breaks off, or that cannot be decompressed, is the sender's fault. */
const asSendersError = (error: Error & { statusCode?: number }) =>
  Object.assign(error, { statusCode: error.statusCode ?? 400 })
