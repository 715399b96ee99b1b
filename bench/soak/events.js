/** Every run of a hook, by payment (V1's `imp_uid`, V2's `transactionId`), in the order in which they ran. */
export function createEvents () {
  /** @type {Map<string, string[]>} */
  const runs = new Map()
  return {
    /** @param {string} id @param {string} event */
    add (id, event) {
      const before = runs.get(id)
      if (before) before.push(event)
      else runs.set(id, [event])
    },
    /** @param {string} id */
    of: (id) => runs.get(id) ?? [],
    all: () => runs,
    /** How often each kind of event ran, and how many of them more than once. */
    count () {
      /** @type {Record<string, { runs: number, repeated: number }>} */
      const counts = {}
      for (const events of runs.values()) {
        for (const [index, event] of events.entries()) {
          const count = counts[event.replace(/^cancelled:.*/, 'cancelled')] ??= { runs: 0, repeated: 0 }
          count.runs++
          if (events.indexOf(event) < index) count.repeated++
        }
      }
      return counts
    },
  }
}

/** @typedef {ReturnType<typeof createEvents>} Events */
