// One payment in OpenTelemetry, from the sandbox: prints its spans, and fails if they are not within each other.
// `npm ci && npm test`, after `npm run build` above.
// @ts-nocheck: these packages are installed in this folder only
import FastifyOtel from '@fastify/otel'
import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import assert from 'node:assert/strict'
import Fastify from 'fastify'
import { traceCompletions } from '../../examples/tracing/tracing.js'

// By address: the name of the package stands for itself only inside its own folder, and this one has a package.json.
const distOf = (path) => import(new URL(`../../dist/${path}`, import.meta.url).href)
const { fastifyIamport, memoryLedger } = await distOf('index.js')
const { createSandbox } = await distOf('sandbox/index.js')

const exporter = new InMemorySpanExporter()
trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }))
const contexts = new AsyncLocalStorageContextManager().enable()
context.setGlobalContextManager(contexts)
traceCompletions(contexts)

const sandbox = createSandbox()
const app = Fastify()
await app.register(new FastifyOtel().plugin())
await app.register(fastifyIamport, {
  impKey: 'imp_key',
  impSecret: 'imp_secret',
  dispatcher: sandbox.dispatcher,
  ledger: memoryLedger(),
  getExpectedAmount: () => 14000,
  onPaid: () => trace.getTracer('shop').startActiveSpan('ship', (span) => span.end()),
})
const { imp_uid } = await sandbox.pay({ merchant_uid: 'order_1', amount: 14000 })
await app.inject({ method: 'POST', url: '/payments/webhook', payload: { imp_uid } })
await app.close()
await sandbox.close()
await new Promise(setImmediate)

const spans = exporter.getFinishedSpans()
const childrenOf = (id) => spans.filter(({ parentSpanContext: parent }) => parent?.spanId === id)
  .sort((one, other) => one.startTime[0] - other.startTime[0] || one.startTime[1] - other.startTime[1])
const lines = []
function show (span, indent) {
  lines.push(`${indent}${span.name.replace(imp_uid, 'imp_…')}`)
  for (const child of childrenOf(span.spanContext().spanId)) show(child, `${indent}  `)
}
for (const root of childrenOf(undefined)) show(root, '')
console.log(lines.join('\n'))
assert.deepEqual(lines, [
  'request',
  '  preParsing - checkLength',
  '  handler - receiveWebhook',
  '    notification',
  '      lookup',
  '      decision',
  '        ledger imp_…:paid',
  '          hook getExpectedAmount',
  '          hook onPaid',
  '            ship',
  '  onSend - closeConnection',
])
