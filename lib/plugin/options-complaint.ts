import type { TSchema } from '@sinclair/typebox'
import { ValueErrorType, type ValueError } from '@sinclair/typebox/value'

/** A plugin's options. */
export interface OptionsOf {
  schema: TSchema
  /** The environment variables that some are usually read from, and that are often not set. */
  variables: Record<string, string>
}

/** The options that only one of the plugins has, and what to import instead. */
const OTHERS = [
  [['apiSecret', 'storeId', 'webhookSecret'], 'an option of PortOne V2: import the plugin of fastify-iamport/portone'],
  [['impKey', 'impSecret', 'tier'], 'an option of PortOne V1 (Iamport): import the plugin of fastify-iamport'],
] as const

/**
 * Names the option and what is expected; never its value, which may be a secret.
 *
 * @param given all options, of which the first wrong one is complained about
 */
export function complaint (options: OptionsOf, { path, schema, value, type }: ValueError, given: unknown): string {
  for (const [names, hint] of OTHERS) {
    const other = names.find((name) => Object.hasOwn(Object(given), name) && !(name in options.schema.properties))
    if (other !== undefined) return `${other}: ${hint}`
  }
  const keys = path.slice(1).split('/')
  const name = keys.join('.') || 'options'
  if (type === ValueErrorType.ObjectAdditionalProperties) return unknownOption(options.schema, keys)
  const variable = options.variables[name]
  if (variable !== undefined && (value === undefined || value === '')) {
    const isOptional = options.schema.required?.includes(name) !== true
    const instead = isOptional ? `; expected ${schema.description}` : ''
    return `${name}: ${value === '' ? 'empty' : 'required'}: is ${variable} set?${instead}`
  }
  return `${name}: ${value === undefined ? 'required, ' : ''}expected ${schema.description}`
}

/** Names the known option of that level that was probably meant, or else all of them. */
function unknownOption (options: TSchema, keys: string[]): string {
  const [parents, last = ''] = [keys.slice(0, -1), keys.at(-1)]
  const level = parents.reduce<TSchema>((schema, parent) => schema.properties[parent], options)
  const known = Object.keys(level.properties)
  const meant = known.find((option) => isTypo(last.toLowerCase(), option.toLowerCase()))
  const name = keys.join('.')
  if (meant === undefined) return `${name}: unknown option; known are ${known.join(', ')}`
  return `${name}: unknown option; did you mean ${[...parents, meant].join('.')}?`
}

/** Characters inserted, dropped or replaced in a typing mistake, at most: more would suggest other words. */
const MAX_TYPOS = 2

/** Whether one text becomes the other by a few insertions, deletions and replacements. */
function isTypo (one: string, other: string, left = MAX_TYPOS): boolean {
  let same = 0
  while (same < one.length && one[same] === other[same]) same++
  const [restOfOne, restOfOther] = [one.slice(same), other.slice(same)]
  if (restOfOne === restOfOther) return true
  return left > 0 && (isTypo(restOfOne.slice(1), restOfOther, left - 1) ||
    isTypo(restOfOne, restOfOther.slice(1), left - 1) ||
    isTypo(restOfOne.slice(1), restOfOther.slice(1), left - 1))
}
