import { sequelizeLedger } from 'fastify-iamport'
import { DataTypes, Sequelize } from 'sequelize'

const open = (dialect) => (url, max, settings) => {
  const sequelize = new Sequelize(url, { dialect, logging: false, pool: { max } })
  const Order = sequelize.define('orders', {
    id: { type: DataTypes.STRING, primaryKey: true }, status: DataTypes.STRING, deliveries: DataTypes.INTEGER,
  }, { timestamps: false })
  return {
    ledger: sequelizeLedger(sequelize, settings),
    async pay (transaction, id) {
      await Order.update({ status: 'paid' }, { where: { id }, transaction })
      await Order.increment('deliveries', { where: { id }, transaction })
    },
    run: (transaction, sql) => sequelize.query(sql, { transaction }),
    readPast: (id) => Order.findByPk(id),
    end: () => sequelize.close(),
  }
}

export const postgres = open('postgres')
export const mysql = open('mysql')
