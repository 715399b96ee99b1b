import { MAX_TIMER_MS } from '../concurrency/deadline.js'
import type { Clock } from './clock.js'

/** What is to happen later: late webhooks, redeliveries, pending approvals. */
export interface Schedule {
  /** Runs `work` once, `ms` from now. @returns gives it up */
  after (ms: number, work: () => void): () => void
  /** Runs what is due by the clock, in the order of its time. @returns whether there was anything */
  runDue (): boolean
  /** No timer runs: only {@link runDue} does, whoever set the clock forward. */
  isManual: boolean
  clear (): void
}

interface Task { at: number, work: () => void, timer: NodeJS.Timeout | undefined }

/** @param handedIn a clock that somebody else sets forward. Without one, timers run by the time of day. */
export function createSchedule (handedIn: Clock | undefined): Schedule {
  const now = handedIn ?? Date.now
  const tasks = new Set<Task>()

  function drop (task: Task) {
    clearTimeout(task.timer)
    tasks.delete(task)
  }
  function run (task: Task) {
    drop(task)
    task.work()
  }
  function start (task: Task) {
    const ms = task.at - now()
    task.timer = ms > MAX_TIMER_MS ? setTimeout(start, MAX_TIMER_MS, task) : setTimeout(run, ms, task)
  }

  return {
    isManual: handedIn !== undefined,
    after (ms, work) {
      const task: Task = { at: now() + ms, work, timer: undefined }
      tasks.add(task)
      if (!handedIn) start(task)
      return () => drop(task)
    },
    runDue () {
      const due = [...tasks].filter(({ at }) => at <= now()).sort((a, b) => a.at - b.at)
      for (const task of due) if (tasks.has(task)) run(task)
      return due.length > 0
    },
    clear () {
      for (const task of [...tasks]) drop(task)
    },
  }
}
