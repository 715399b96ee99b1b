import type { Test } from 'tap'
import { createAjv, readPortoneDocument } from '../../support/portone-document.js'

export interface Schema {
  $ref?: string
  type?: string
  format?: string
  enum?: string[]
  required?: string[]
  properties?: Record<string, Schema>
  items?: Schema
  oneOf?: Schema[]
  discriminator?: { propertyName: string, mapping: Record<string, string> }
  'x-portone-status-code'?: number
}

const nameOf = (ref: string) => ref.slice('#/components/schemas/'.length)

/** JSON Schema knows no discriminator: the case that the value names has to match, and no other. */
function translate (schema: Schema): object {
  const { discriminator, oneOf, properties, items, ...rest } = schema
  return {
    ...rest,
    ...(items && { items: translate(items) }),
    ...(properties && { properties: translateAll(properties) }),
    ...(discriminator && {
      anyOf: Object.entries(discriminator.mapping).map(([value, $ref]) =>
        ({ allOf: [{ $ref }, { properties: { [discriminator.propertyName]: { const: value } } }] })),
    }),
  }
}
const translateAll = (schemas: Record<string, Schema>) =>
  Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, translate(schema)]))

/** The provider's schema of V2. `undefined` where its file is missing, which fails in CI. */
export function readProviderSchema (t: Test) {
  const document = readPortoneDocument<{ components: { schemas: Record<string, Schema> } }>(t)
  if (document === undefined) return undefined
  const ajv = createAjv({ strict: false, allErrors: true, validateFormats: false, logger: false })
  const { schemas } = document.components
  ajv.addSchema({ components: { schemas: translateAll(schemas) } }, 'provider')

  /** A value of a schema: with everything in it, or only with what is required. */
  function exampleOf (schema: Schema, isFull: boolean, depth = 0): unknown {
    if (schema.$ref !== undefined) return exampleOf(schemas[nameOf(schema.$ref)] ?? {}, isFull, depth)
    if (schema.discriminator) {
      const [[value = '', ref = ''] = []] = Object.entries(schema.discriminator.mapping)
      return caseOf(schema.discriminator.propertyName, value, ref, isFull, depth)
    }
    if (schema.enum) return schema.enum[0]
    if (schema.type === 'array') return isFull && depth < 4 ? [exampleOf(schema.items ?? {}, isFull, depth + 1)] : []
    if (schema.type === 'integer' || schema.type === 'number') return 7
    if (schema.type === 'boolean') return false
    if (schema.type === 'string') return schema.format === 'date-time' ? '2026-07-01T07:12:38.366979621Z' : 'text'
    const names = Object.keys(schema.properties ?? {}).filter((name) => isFull || schema.required?.includes(name))
    return Object.fromEntries(names.map((name) =>
      [name, exampleOf(schema.properties?.[name] ?? {}, isFull, depth + 1)]))
  }
  const caseOf = (property: string, value: string, $ref: string, isFull: boolean, depth: number): object =>
    Object.assign({}, exampleOf({ $ref }, isFull, depth), { [property]: value })

  return {
    /** Asserts that a value is what a schema says. */
    conforms (name: string, value: unknown, hint: string): void {
      const isValid = ajv.validate(`provider#/components/schemas/${name}`, JSON.parse(JSON.stringify(value)))
      t.ok(isValid, `${hint}: ${name} ${ajv.errorsText()}`)
    },
    /** The cases of a union, each with little and with everything. */
    examplesOf (name: string): { value: string, example: object }[] {
      const { propertyName = '', mapping = {} } = schemas[name]?.discriminator ?? {}
      return Object.entries(mapping).flatMap(([value, ref]) => [false, true].map((isFull) =>
        ({ value, example: caseOf(propertyName, value, ref, isFull, 0) })))
    },
    valuesOf: (name: string): string[] => schemas[name]?.enum ?? [],
    /** The types of a union of errors, with their HTTP statuses. */
    errorsOf: (name: string): { type: string, status: number | undefined }[] =>
      Object.entries(schemas[name]?.discriminator?.mapping ?? {}).map(([type, ref]) =>
        ({ type, status: schemas[nameOf(ref)]?.['x-portone-status-code'] })),
  }
}
