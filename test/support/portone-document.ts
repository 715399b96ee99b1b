import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Test } from 'tap'

/** The provider's own schema lies beside the project; it is not ours to publish. */
const FILE = new URL('../../../shared/portone-v2.openapi.json', import.meta.url)

interface Ajv {
  addSchema (schema: object, key: string): void
  validate (ref: string, value: unknown): boolean
  errorsText (): string
}
const isAjv = (value: unknown): value is new (options: object) => Ajv => typeof value === 'function'

/** The provider's document of V2. Where its file is missing, `undefined`, loudly; in CI it fails. */
export function readPortoneDocument<Document> (t: Test): Document | undefined {
  if (existsSync(FILE)) return JSON.parse(readFileSync(FILE, 'utf8'))
  if (process.env.CI) t.fail('the provider\'s schema is missing')
  else t.comment('left out: ../shared/portone-v2.openapi.json is not there')
  return undefined
}

/** Fastify brings ajv 8 along, by its compiler. */
export function createAjv (options: object): Ajv {
  const fastify = createRequire(createRequire(import.meta.url).resolve('fastify'))
  const Ajv: unknown = createRequire(fastify.resolve('@fastify/ajv-compiler'))('ajv')
  if (!isAjv(Ajv)) throw new Error('ajv is not what it was')
  return new Ajv(options)
}
