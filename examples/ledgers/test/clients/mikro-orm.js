import { EntitySchema } from '@mikro-orm/core'
import { mikroOrmLedger } from 'fastify-iamport'

const Order = new EntitySchema({
  name: 'orders',
  properties: { id: { type: 'string', primary: true }, status: { type: 'string' }, deliveries: { type: 'number' } },
})

async function open (MikroORM, clientUrl, max, settings) {
  const orm = await MikroORM.init({ clientUrl, pool: { min: 0, max, acquireTimeoutMillis: 5000 }, entities: [Order], debug: false })
  return {
    ledger: mikroOrmLedger(orm, settings),
    async pay (tx, id) {
      const order = await tx.findOneOrFail(Order, id)
      order.status = 'paid'
      order.deliveries++
      await tx.flush()
    },
    run: (tx, sql) => tx.execute(sql),
    readPast: (id) => orm.em.fork().findOne(Order, id),
    end: () => orm.close(),
  }
}

export const postgres = async (...args) => open((await import('@mikro-orm/postgresql')).MikroORM, ...args)
export const mysql = async (...args) => open((await import('@mikro-orm/mariadb')).MikroORM, ...args)
