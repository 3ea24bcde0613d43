import { type FSWatcher, watch } from "node:fs";
import { basename, dirname } from "node:path";

/** Besides the kernel's notices, a look now and then: a notice can be missed. */
const POLL_MS = 1000;

/** Tells when a file may have changed. It need not exist yet. */
export class ChangeWatch implements Disposable {
  #watcher: FSWatcher | undefined;
  #changed = false;
  #wake: (() => void) | undefined;

  constructor(path: string) {
    try {
      this.#watcher = watch(dirname(path), { persistent: false }, (_event, name) => {
        if (name === null || name.toString() === basename(path)) this.notice();
      });
      this.#watcher.on("error", () => {});
    } catch {
      // No such directory, or no watches left: the poll does it.
    }
  }

  /** Wakes the one who waits, now or the next time. */
  notice(): void {
    this.#changed = true;
    this.#wake?.();
  }

  /** Resolves after a change since the last call, or after a while. */
  async next(withinMs = POLL_MS): Promise<void> {
    if (!this.#changed) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.min(withinMs, POLL_MS));
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#wake = undefined;
    }
    this.#changed = false;
  }

  [Symbol.dispose](): void {
    this.#watcher?.close();
    this.#wake?.();
  }
}
