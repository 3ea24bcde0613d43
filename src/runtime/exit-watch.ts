import { existsSync, type FSWatcher, readFileSync, statSync, watch } from "node:fs";
import { join } from "node:path";
import { messageOf, nowNanos } from "../core/index.ts";
import type { ExitStatus } from "./types.ts";

/** What is asked about one container besides its exit file. */
export interface WatchedContainer {
  /** True while its monitor runs. */
  monitorRuns(): boolean;
  /** Kills what a dead monitor has left behind; true when there was something. */
  abandon(): Promise<boolean>;
  oomKilled(): boolean;
}

interface Watched {
  readonly container: WatchedContainer;
  readonly handler: (status: ExitStatus) => void;
  lost: boolean;
}

/** inotify tells at once; this is for what it may miss, and for monitors that die without a word. */
const POLL_MS = 1000;
/** Exit codes where no monitor tells: what was left had to be killed, or nothing was left, as after a reboot. */
const KILLED = 137;
const UNKNOWN = 255;

/** Watches the one directory into which all monitors write exit codes. */
export class ExitWatch {
  readonly #watched = new Map<string, Watched>();
  readonly #watcher: FSWatcher;
  readonly #poll: ReturnType<typeof setInterval>;

  constructor(
    private readonly directory: string,
    private readonly log: (message: string) => void,
  ) {
    this.#watcher = watch(directory, { persistent: false }, (_event, name) => {
      if (name) this.look(name.toString());
    });
    this.#watcher.on("error", (error) => log(`watching ${directory}: ${error}; exits are found by polling`));
    this.#poll = setInterval(() => this.#pollAll(), POLL_MS);
    this.#poll.unref();
  }

  /** Calls `handler` once, never before this returns. */
  add(id: string, container: WatchedContainer, handler: (status: ExitStatus) => void): { cancel(): void } {
    const watched: Watched = { container, handler, lost: false };
    this.#watched.set(id, watched);
    setImmediate(() => this.#check(id, watched));
    return {
      cancel: () => {
        if (this.#watched.get(id) === watched) this.#watched.delete(id);
      },
    };
  }

  close(): void {
    clearInterval(this.#poll);
    this.#watcher.close();
    this.#watched.clear();
  }

  /** Reports the exit of a container if its code is there. */
  look(id: string): void {
    const watched = this.#watched.get(id);
    if (!watched) return;
    const exit = readExit(join(this.directory, id));
    if (exit) this.#report(id, watched, exit);
  }

  #report(id: string, watched: Watched, exit: { exitCode: number; at: bigint }): void {
    if (this.#watched.get(id) !== watched) return;
    this.#watched.delete(id);
    watched.handler({ id, ...exit, oomKilled: watched.container.oomKilled() });
  }

  #pollAll(): void {
    for (const [id, watched] of this.#watched) this.#check(id, watched);
  }

  #check(id: string, watched: Watched): void {
    if (this.#watched.get(id) !== watched || watched.lost) return;
    if (existsSync(join(this.directory, id))) this.look(id);
    else if (!watched.container.monitorRuns()) void this.#lost(id, watched);
  }

  async #lost(id: string, watched: Watched): Promise<void> {
    watched.lost = true;
    this.look(id); // It may have written its last word between the two questions.
    if (this.#watched.get(id) !== watched) return;
    this.log(`the monitor of container ${id} is gone without an exit code`);
    let killed = false;
    try {
      killed = await watched.container.abandon();
    } catch (error) {
      this.log(`ending container ${id}: ${messageOf(error)}`);
    }
    this.#report(id, watched, { exitCode: killed ? KILLED : UNKNOWN, at: nowNanos() });
  }
}

/** The code conmon wrote (by rename, so it is whole) and when. */
function readExit(path: string): { exitCode: number; at: bigint } | undefined {
  try {
    const at = statSync(path, { bigint: true }).mtimeNs;
    const exitCode = Number.parseInt(readFileSync(path, "latin1"), 10);
    return Number.isNaN(exitCode) ? undefined : { exitCode, at };
  } catch {
    return undefined;
  }
}
