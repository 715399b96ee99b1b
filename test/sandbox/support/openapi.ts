import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Test } from 'tap'
import type { Answer } from './client.js'

/** The provider's own schema lies beside the project; it is not ours to publish. */
const FILE = new URL('../../../../shared/iamport-v1.openapi.json', import.meta.url)

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
const isObject = (value: Json | undefined): value is { [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const KNOWN = ['$ref', 'allOf', 'items', 'maxLength', 'properties', 'required', 'type']

const translateAll = (schemas: { [key: string]: Json }) =>
  Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, translate(schema)]))

/** Swagger 2.0 knows no null and the file writes lengths as text: JSON Schema of that, null allowed unless required. */
function translate (schema: Json): Json {
  if (Array.isArray(schema)) return schema.map(translate)
  if (!isObject(schema)) return schema
  const made = Object.fromEntries(Object.entries(schema).filter(([key]) => KNOWN.includes(key)))
  if (made.maxLength !== undefined) made.maxLength = Number(made.maxLength)
  if (made.items !== undefined) made.items = translate(made.items)
  if (made.allOf !== undefined) made.allOf = translate(made.allOf)
  if (isObject(made.properties)) {
    made.properties = translateAll(made.properties)
    const required = Array.isArray(made.required) ? made.required : []
    for (const [name, one] of Object.entries(made.properties)) {
      if (isObject(one) && typeof one.type === 'string' && !required.includes(name)) one.type = [one.type, 'null']
    }
  }
  return made
}

interface Ajv {
  addSchema(schema: object, key: string): void
  validate(ref: string, value: unknown): boolean
  errorsText(): string
}
function isAjv (value: unknown): value is new (options: object) => Ajv {
  return typeof value === 'function'
}

/** Checks answers against a definition of the provider. `undefined` where its file is missing, which fails in CI. */
export function readProviderSchema (t: Test): ((definition: string, answer: Answer, hint: string) => void) | undefined {
  if (!existsSync(FILE)) {
    if (process.env.CI) t.fail('the provider\'s schema is missing')
    else t.comment('left out: ../shared/iamport-v1.openapi.json is not there')
    return undefined
  }
  // Fastify brings ajv 8 along, by its compiler.
  const fastify = createRequire(createRequire(import.meta.url).resolve('fastify'))
  const Ajv: unknown = createRequire(fastify.resolve('@fastify/ajv-compiler'))('ajv')
  if (!isAjv(Ajv)) throw new Error('ajv is not what it was')
  const ajv = new Ajv({ strict: false, allErrors: true })
  const document: { definitions: { [key: string]: Json } } = JSON.parse(readFileSync(FILE, 'utf8'))
  ajv.addSchema({ definitions: translateAll(document.definitions) }, 'provider')
  return (definition, answer, hint) => {
    t.ok(ajv.validate(`provider#/definitions/${definition}`, answer.body), `${hint}: ${definition} ${ajv.errorsText()}`)
  }
}
