import type { FastifyInstance } from 'fastify'
import type { Faults } from '../faults/faults.js'
import { FAULTS, formerName } from '../faults/schemas.js'

/** Faults over HTTP. @param rename what a fault is called there */
function mountFaultRoutes (scope: FastifyInstance, path: string, faults: Faults, rename: (name: string) => string) {
  const active = () => faults.active().map((fault) => ({ ...fault, name: rename(fault.name) }))

  scope.get(path, async () => ({
    active: active(),
    available: Object.entries(FAULTS).map(([name, schema]) => ({
      name: rename(name), description: schema.description, takes: schema.properties,
    })),
  }))
  scope.post(path, async (request) => {
    for (const fault of [request.body].flat()) faults.set(fault)
    return { active: active() }
  })
  scope.delete<{ Params: { name?: string } }>(`${path}/:name?`, async (request) => {
    faults.clear(request.params.name)
    return { active: active() }
  })
}

/** `/sandbox/faults`, and `/sandbox/scenarios` as it was called before, with the names of then. */
export function faultRoutes (scope: FastifyInstance, faults: Faults): void {
  mountFaultRoutes(scope, '/sandbox/faults', faults, (name) => name)
  mountFaultRoutes(scope, '/sandbox/scenarios', faults, formerName)
}
