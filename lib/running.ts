/** Counts what is under way, so that a shutdown can wait for its end. */
export function countRunning<Args extends unknown[], Result> (work: (...args: Args) => Promise<Result>) {
  let running = 0
  let whenIdle: (() => void)[] = []

  return {
    async work (...args: Args): Promise<Result> {
      running++
      try {
        return await work(...args)
      } finally {
        if (--running === 0) {
          for (const resolve of whenIdle) resolve()
          whenIdle = []
        }
      }
    },
    /** Resolves as soon as nothing is under way. */
    idle: () => running === 0 ? Promise.resolve() : new Promise<void>((resolve) => whenIdle.push(resolve)),
  }
}
