import createError from '@fastify/error'
import type { FastifyReply, FastifyRequest, RequestPayload } from 'fastify'
import { finished, Readable } from 'node:stream'

/**
 * Bytes. A webhook or a confirmation has a few short fields; what a page posts may carry the merchant's own. Fastify's
 * own limit, 1 MiB, lets a form of many keys cost a third of a second of the event loop, and anybody may post one.
 */
export const WEBHOOK_BODY_BYTES = 16 * 1024
export const PAGE_BODY_BYTES = 64 * 1024

/** Fastify's own code and words. */
const BodyTooLargeError = createError<[]>('FST_ERR_CTP_BODY_TOO_LARGE', 'Request body is too large', 413)

/**
 * A route's options that hold its body to so many bytes, whatever the app's own limit and parsers are. Fastify's
 * `bodyLimit` binds only parsers that it collects the body for: one that reads the stream itself is given no more.
 */
export function limitBody (maxBytes: number) {
  return {
    bodyLimit: maxBytes,
    async preParsing ({ raw }: FastifyRequest, reply: FastifyReply, payload: RequestPayload): Promise<RequestPayload> {
      try {
        const announced = Number(raw.headers['content-length'])
        if (announced > maxBytes) throw new BodyTooLargeError()
        // HTTP itself holds a body to the length it announced, unless a hook of the app's has unpacked it.
        return payload === raw && !Number.isNaN(announced) ? payload : await readWithin(payload, maxBytes)
      } catch (error) {
        reply.header('connection', 'close') // as Fastify does: the rest of the body may still come
        if (payload !== raw) payload.destroy() // nor is the rest unpacked
        throw error
      }
    }
  }
}

/** The body as a stream that is complete already. */
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
    finished(payload, { writable: false }, (error) => error ? reject(asSendersError(error)) : resolve())
  })
  // Fastify compares the announced length with what came before the unpacking.
  const { receivedEncodedLength = bytes } = payload
  return Object.assign(Readable.from([Buffer.concat(chunks)]), { receivedEncodedLength })
}

/** A body that breaks off, or that cannot be unpacked. */
const asSendersError = (error: Error & { statusCode?: number }) =>
  Object.assign(error, { statusCode: error.statusCode ?? 400 })
