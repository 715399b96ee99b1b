import { randomUUID } from 'node:crypto'
import { NOT_PREPARED } from './postgres-dialect.js'
import { saysCode } from './dialect.js'

interface Client { query (sql: string): Promise<unknown> }

/**
 * Prepares statements, once for each connection, with SQL's own `prepare` and `execute`: the server parses and plans them once, and a
 * message can still carry several. Behind a pooler that changes connections, the first failure turns it off.
 */
export function createPrepare () {
  const id = randomUUID().slice(0, 8) // a pool may serve several ledgers
  const names = new Map<string, string>()
  const prepared = new WeakMap<Client, Set<string>>()
  let isOn = true

  /** Gives the statement to run: with its values in it, as no message of several statements has parameters. */
  async function prepare (client: Client, sql: string, params: (string | null)[]): Promise<string> {
    if (!isOn) return fillIn(sql, params)
    const name = names.get(sql) ?? `fastify_iamport_${id}_${names.size}`
    names.set(sql, name)
    const ofClient = prepared.get(client) ?? new Set()
    if (!ofClient.has(name)) {
      await client.query(`prepare ${name} as ${sql}`)
      prepared.set(client, ofClient.add(name))
    }
    return `execute ${name}(${params.map(literal).join()})`
  }

  /** Nothing had begun: the ledger tries again. */
  prepare.mayHaveFailed = (error: unknown): void => {
    if (isOn && saysCode(error, NOT_PREPARED)) isOn = false
  }
  return prepare
}

function fillIn (sql: string, params: (string | null)[]): string {
  let index = 0
  return sql.replace(/\$\d/g, () => literal(params[index++] ?? null))
}

/** Text as a literal that reads the same whatever `standard_conforming_strings` is. */
const literal = (value: string | null): string => value === null ? 'null' : ` E'${value.replace(/['\\]/g, '$&$&')}'`
