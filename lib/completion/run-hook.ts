import type { FastifyBaseLogger } from 'fastify'
import { runHook, toData, type Hooks } from '../hooks.js'

/** Runs a hook. @returns the data to record */
export type RunHook = (name: keyof Hooks, log: FastifyBaseLogger, hook: () => unknown) => Promise<unknown>

export const createRunHook = ({ exposeData }: { exposeData: boolean }): RunHook =>
  (name, log, hook) => runHook(name, hook, (returned) => exposeData ? toData(returned, log) : undefined)
