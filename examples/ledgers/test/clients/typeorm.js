import { typeormLedger } from 'fastify-iamport'
import { DataSource, EntitySchema } from 'typeorm'

const Order = new EntitySchema({
  name: 'orders',
  columns: { id: { type: 'varchar', primary: true }, status: { type: 'varchar' }, deliveries: { type: 'int' } },
})

const open = (type) => async (url, poolSize, settings) => {
  const dataSource = await new DataSource({ type, url, poolSize, entities: [Order] }).initialize()
  return {
    ledger: typeormLedger(dataSource, settings),
    async pay (tx, id) {
      await tx.update(Order, { id }, { status: 'paid' })
      await tx.increment(Order, { id }, 'deliveries', 1)
    },
    run: (tx, sql) => tx.query(sql),
    readPast: (id) => dataSource.getRepository(Order).findOneBy({ id }),
    end: () => dataSource.destroy(),
  }
}

export const postgres = open('postgres')
export const mysql = open('mariadb')
