import { randomUUID } from 'node:crypto'
import { hasCode } from '../database-error.js'
import { NOT_PREPARED } from './postgres-dialect.js'

interface Client {
  query (sql: string): Promise<unknown>
  escapeLiteral (text: string): string
}

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

  /** Returns the statement to run, with its values in it: a message of several statements has no parameters. */
  async function prepare (client: Client, sql: string, params: (string | null)[]): Promise<string> {
    const literals = params.map((value) => value === null ? 'null' : client.escapeLiteral(value))
    if (!isOn) return fillIn(sql, literals)
    const name = names.get(sql) ?? `fastify_iamport_${id}_${names.size}`
    names.set(sql, name)
    const ofClient = prepared.get(client) ?? new Set()
    if (!ofClient.has(name)) {
      await client.query(`prepare ${name} as ${sql}`)
      prepared.set(client, ofClient.add(name))
    }
    return `execute ${name}(${literals.join()})`
  }

  /** Called before anything has begun: the ledger tries again. */
  prepare.mayHaveFailed = (error: unknown): void => {
    if (isOn && hasCode(error, NOT_PREPARED)) isOn = false
  }
  return prepare
}

/** The placeholders stand in the order of the values. */
function fillIn (sql: string, literals: string[]): string {
  let index = 0
  return sql.replace(/\$\d/g, () => literals[index++] ?? 'null')
}
