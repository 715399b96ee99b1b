import fc from 'fast-check'
import type { Test } from 'tap'

/** Asserts that a property holds; the counterexample is in the error. */
export const assertProperty = <Args>(t: Test, property: fc.IProperty<Args>, numRuns = 200) =>
  t.doesNotThrow(() => fc.assert(property, { numRuns }))
