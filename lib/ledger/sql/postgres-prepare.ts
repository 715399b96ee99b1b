import { randomUUID } from 'node:crypto'
import { hasCode } from '../database-error.js'
import { NOT_PREPARED } from './postgres-dialect.js'

interface Client {
  query (sql: string): Promise<unknown>
  escapeLiteral (text: string): string
}

/** Makes a statement of one with placeholders: a message of several statements has no parameters. */
export type Fill<C = Client> = (client: C, sql: string, params: (string | null)[]) => string | Promise<string>

/**
 * Prepares statements, once for each connection, with SQL's own `prepare` and `execute`: the server parses and plans
 * them once, and a message can still carry several statements. Behind a pooler that changes connections, the first
 * failure turns it off.
 */
export function createPrepare () {
  const id = randomUUID().slice(0, 8) // a pool may serve several ledgers
  const names = new Map<string, string>()
  const prepared = new WeakMap<Client, Set<string>>()
  let isOn = true

  function nameOf (sql: string): string {
    const name = names.get(sql) ?? `fastify_iamport_${id}_${names.size}`
    names.set(sql, name)
    return name
  }

  /** @param later a statement that is prepared before `sql`: it can run wherever `sql` could */
  const fill = (later?: string): Fill => async (client, sql, params) => {
    if (!isOn) return fillIn(client, sql, params)
    const ofClient = prepared.get(client) ?? new Set()
    if (!ofClient.has(sql)) {
      const missing = later === undefined ? [sql] : [later, sql]
      await client.query(missing.map((one) => `prepare ${nameOf(one)} as ${one}`).join(';'))
      for (const one of missing) ofClient.add(one)
      prepared.set(client, ofClient)
    }
    return `execute ${nameOf(sql)}(${literals(client, params).join()})`
  }

  /** Whether an error says that a statement was not prepared there, or already; then it is turned off. */
  function hasFailed (error: unknown): boolean {
    if (!hasCode(error, NOT_PREPARED)) return false
    isOn = false
    return true
  }
  return { fill, hasFailed }
}

/** The placeholders stand in the order of the values. */
export function fillIn (client: Client, sql: string, params: (string | null)[]): string {
  const values = literals(client, params)
  let index = 0
  return sql.replace(/\$\d/g, () => values[index++] ?? 'null')
}

const literals = (client: Client, params: (string | null)[]) =>
  params.map((value) => value === null ? 'null' : client.escapeLiteral(value))
