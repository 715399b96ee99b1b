import { context, SpanStatusCode, trace } from '@opentelemetry/api'
import { AsyncLocalStorage } from 'node:async_hooks'
import diagnostics from 'node:diagnostics_channel'
import { TRACING_CHANNELS } from 'fastify-iamport'

/** @typedef {import('@opentelemetry/api').Span} Span @typedef {{ [name: string]: unknown }} Message */

/**
 * Makes a span of each part of a payment's notification: lookup, decision, ledger, hook and others, under the span of
 * the request.
 *
 * @param {object} contexts the context manager of your OpenTelemetry SDK. It keeps its storage to itself, and has no
 * other way to make a span active for a tracing channel; without the storage the spans stand side by side.
 */
export function traceCompletions (contexts) {
  const tracer = trace.getTracer('fastify-iamport')
  const storage = Reflect.get(contexts, '_asyncLocalStorage') ?? new AsyncLocalStorage()
  for (const [part, name] of Object.entries(TRACING_CHANNELS)) {
    /** @type {import('node:diagnostics_channel').TracingChannel<unknown, Message>} */
    const channel = diagnostics.tracingChannel(name)
    /** @type {WeakMap<object, Span>} */
    const spans = new WeakMap()
    channel.start.bindStore(storage, (message) => {
      const span = tracer.startSpan(`${part} ${message.hook ?? message.request ?? message.key ?? ''}`.trim())
      spans.set(message, span)
      return trace.setSpan(context.active(), span)
    })
    channel.asyncEnd.subscribe((published) => {
      const { error, ...known } = /** @type {Message} */ (published)
      const span = spans.get(/** @type {Message} */ (published))
      for (const [field, value] of Object.entries(known)) {
        if (value !== undefined) span?.setAttribute(`iamport.${field}`, String(value))
      }
      if (error instanceof Error) span?.setStatus({ code: SpanStatusCode.ERROR, message: error.message })
      span?.end()
    })
  }
}
