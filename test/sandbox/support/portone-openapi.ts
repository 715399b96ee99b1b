import type { Test } from 'tap'
import { createAjv, readPortoneDocument } from '../../support/portone-document.js'

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
type JsonObject = { [key: string]: Json }
const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const objectOf = (value: Json | undefined): JsonObject => isObject(value) ? value : {}

const KNOWN = ['$ref', 'enum', 'format', 'items', 'properties', 'required', 'type']

/** A union by a field: its value decides which of the cases it has to be. */
function translateUnion ({ discriminator }: JsonObject): JsonObject {
  const { propertyName, mapping } = objectOf(discriminator)
  const name = String(propertyName)
  const cases = Object.entries(objectOf(mapping))
  return {
    type: 'object',
    required: [name],
    properties: { [name]: { enum: cases.map(([value]) => value) } },
    allOf: cases.map(([value, ref]) => ({
      if: { properties: { [name]: { const: value } } }, then: { $ref: ref },
    })),
  }
}

/** JSON Schema of an OpenAPI schema. A field that the provider does not have is refused: nothing is made up. */
function translate (schema: Json): Json {
  if (!isObject(schema)) return schema
  if (schema.discriminator !== undefined) return translateUnion(schema)
  const made = Object.fromEntries(Object.entries(schema).filter(([key]) => KNOWN.includes(key)))
  if (made.items !== undefined) made.items = translate(made.items)
  if (isObject(made.properties)) {
    made.properties = translateAll(made.properties)
    made.additionalProperties = false
  }
  return made
}

const translateAll = (schemas: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, translate(schema)]))

const FORMATS = {
  'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/,
  int32: true,
  int64: true,
}

export interface Provider {
  /** Checks an answer against what the provider says that endpoint answers with that status. */
  conforms (t: Test, endpoint: string, answer: { status: number, body: unknown }, hint: string): void
  /** The HTTP status that the provider gives an error of that type. */
  statusOf (errorType: string): number | undefined
}

/** Where the provider's file is missing, `undefined`, loudly; in CI it fails. */
export function readPortoneSchema (t: Test): Provider | undefined {
  const document = readPortoneDocument<{ paths: JsonObject, components: { schemas: JsonObject } }>(t)
  if (document === undefined) return undefined
  const ajv = createAjv({ strict: false, allErrors: true, formats: FORMATS })
  const { schemas } = document.components
  ajv.addSchema({ components: { schemas: translateAll(schemas) } }, 'provider')

  const { paths } = document
  function refOf (endpoint: string, status: number): string {
    const [method = '', path = ''] = endpoint.split(' ')
    const { responses } = objectOf(objectOf(paths[path])[method.toLowerCase()])
    const content = objectOf(objectOf(objectOf(responses)[String(status)]).content)
    return String(objectOf(objectOf(content['application/json']).schema).$ref)
  }

  return {
    conforms (t, endpoint, { status, body }, hint) {
      const ref = refOf(endpoint, status)
      if (ref === 'undefined') {
        t.fail(`${hint}: ${endpoint} does not answer ${status}`)
        return
      }
      t.ok(ajv.validate(`provider${ref}`, body), `${hint}: ${endpoint} ${status} ${ajv.errorsText()}`)
    },
    statusOf (errorType) {
      for (const schema of Object.values(schemas)) {
        const { mapping } = objectOf(objectOf(schema).discriminator)
        const ref = objectOf(mapping)[errorType]
        const error = objectOf(schemas[String(ref).split('/').at(-1) ?? ''])
        const status = error['x-portone-status-code']
        if (typeof status === 'number') return status
      }
      return undefined
    },
  }
}
