// Every shop of this folder on one kind of database: `node test/recipes.js postgres|mysql|sqlite URL`.
import { createSandbox } from 'fastify-iamport/sandbox'
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, test } from 'node:test'
import { openMysql, openPostgres, openSqlite } from './databases.js'

const RECIPES = {
  postgres: ['pg', 'typeorm', 'prisma', 'knex', 'drizzle', 'kysely', 'sequelize', 'mikro-orm'],
  mysql: ['mysql2'],
  sqlite: ['node-sqlite'],
}
const [, , kind = '', url = ''] = process.argv
const database = await { postgres: openPostgres, mysql: openMysql, sqlite: openSqlite }[kind](url)
const sandbox = createSandbox({ logger: false })
const uncaught = []
process.on('uncaughtException', (error) => uncaught.push(error))
after(async () => {
  await sandbox.app.close()
  await database.end()
})

/** A shop, an order and its payment. `shop` closes with the test. */
async function pay (t, recipe, prefix = 'order') {
  const { build } = await import(`../${recipe}.js`)
  const app = await build({ databaseUrl: url, impKey: 'imp_key', impSecret: 'imp_secret', dispatcher: sandbox.dispatcher, logger: false })
  t.after(() => app.close())
  const order = `${prefix}_${randomUUID().slice(0, 8)}`
  await database.read(`insert into orders (id, amount) values ('${order}', 14000)`)
  const { imp_uid: impUid } = await sandbox.pay({ merchant_uid: order, amount: 14000 })
  const read = async () => {
    const [{ status, imp_uid, recorded }] = await database.read(`select status, imp_uid, done_at is not null as recorded
      from orders left join fastify_iamport_ledger on event_key = '${impUid}:paid' where id = '${order}'`)
    return { status, imp_uid, recorded: Boolean(recorded) }
  }
  return {
    notify: () => app.inject({ method: 'POST', url: '/payments/complete', payload: { imp_uid: impUid } }),
    read,
    paid: { status: 'paid', imp_uid: impUid, recorded: true },
  }
}

const neither = { status: 'waiting', imp_uid: null, recorded: false }
const skip = database.refuseCommit ? false : 'this database checks everything at once'

for (const recipe of RECIPES[kind]) {
  test(`${recipe}: an order is paid once, whatever notifies`, async (t) => {
    const { notify, read, paid } = await pay(t, recipe)
    const replies = [...await Promise.all([notify(), notify()]), await notify()]
    for (const reply of replies) assert.equal(reply.json().status, 'paid', reply.body)
    assert.equal(replies.filter((reply) => reply.json().replayed === false).length, 1)
    assert.deepEqual(await read(), paid)
  })

  test(`${recipe}: where the commit fails, neither the order nor the record is there; the next notification completes`, { skip }, async (t) => {
    const { notify, read, paid } = await pay(t, recipe, 'refused')
    await database.refuseCommit('refused')
    assert.equal((await notify()).statusCode, 503)
    assert.deepEqual(await read(), neither)
    await database.refuseCommit('nothing')
    assert.equal((await notify()).json().replayed, false)
    assert.deepEqual(await read(), paid)
  })

  test(`${recipe}: a connection that ends in a hook fails its notification, not the process; the next completes`, { skip }, async (t) => {
    const { notify, read, paid } = await pay(t, recipe, 'lost')
    await database.endAtUpdate('lost')
    assert.ok((await notify()).statusCode >= 500)
    assert.deepEqual(await read(), neither)
    await database.endAtUpdate('nothing')
    assert.equal((await notify()).json().replayed, false)
    assert.deepEqual(await read(), paid)
    assert.deepEqual(uncaught.splice(0), [])
  })
}
