/** Reads a property of a property of an object that has no type; `undefined` where there is none. */
export function readPath (object: unknown, ...path: (string | symbol)[]): unknown {
  return path.reduce<unknown>((value, name) => hasProperties(value) ? Reflect.get(value, name) : undefined, object)
}

/** Calls a method of an object that has no type; `undefined` where there is none. */
export function callMethod (object: unknown, name: string, ...args: unknown[]): unknown {
  const method = readPath(object, name)
  return typeof method === 'function' ? Reflect.apply(method, object, args) : undefined
}

/** Whether a value can have properties. */
export const hasProperties = (value: unknown): value is object =>
  (typeof value === 'object' && value !== null) || typeof value === 'function'
