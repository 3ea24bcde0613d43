import type { Attachment } from "../runtime/index.ts";
import { Mutex } from "./mutex.ts";
import type { ContainerRecord } from "./record.ts";
import type { WaitCondition } from "./types.ts";

export interface Waiter {
  readonly condition: WaitCondition;
  resolve(status: { exitCode: number; error?: string }): void;
}

/** A stream that was attached before the start; it is joined to the process before its first instruction. */
export interface PendingAttachment {
  join(attachment: Attachment): void;
  /** The start failed, or the container went away: the stream ends. */
  abandon(): void;
}

/** A container in memory: its record, and who is waiting for what. */
export class Container {
  /** Orders the changes of state: one start, exit or removal at a time. */
  readonly changes = new Mutex();
  readonly waiters = new Set<Waiter>();
  readonly pending = new Set<PendingAttachment>();
  readonly execs = new Set<string>();
  exitWatch: { cancel(): void } | undefined;
  /** Resolves when the running process's exit has been recorded. */
  exited: Promise<void> = Promise.resolve();
  resolveExited: () => void = () => {};
  removing = false;
  restartTimer: ReturnType<typeof setTimeout> | undefined;
  /** Milliseconds before the last restart by policy; 0 before the first. */
  restartDelay = 0;

  constructor(readonly record: ContainerRecord) {}

  get id(): string {
    return this.record.id;
  }

  /** It has a process: running or paused. */
  get alive(): boolean {
    const { status } = this.record.state;
    return status === "running" || status === "paused";
  }

  /** Wakes those who wait for one of these conditions. */
  notify(conditions: readonly WaitCondition[], status: { exitCode: number; error?: string }): void {
    for (const waiter of [...this.waiters]) {
      if (!conditions.includes(waiter.condition)) continue;
      this.waiters.delete(waiter);
      waiter.resolve(status);
    }
  }

  abandonPending(): void {
    for (const pending of this.pending) pending.abandon();
    this.pending.clear();
  }
}
