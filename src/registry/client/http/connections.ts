import type { Timing } from "../timing.ts";
import type { ByteStream } from "./byte-stream.ts";

/** Idle connections to one destination; more are closed. */
const KEPT_EACH = 8;

interface Kept {
  readonly stream: ByteStream;
  readonly timer: Timer;
}

/** Connections that a request has left open, for the next one to the same destination. */
export class Connections {
  readonly #idle = new Map<string, Kept[]>();

  constructor(private readonly timing: Timing) {}

  /** One that the server has not closed since. @param key destination with its trust and proxy */
  take(key: string): ByteStream | undefined {
    const list = this.#idle.get(key) ?? [];
    for (let kept = list.pop(); kept; kept = list.pop()) {
      clearTimeout(kept.timer);
      if (list.length === 0) this.#idle.delete(key);
      if (kept.stream.idle) {
        kept.stream.hold(true);
        return kept.stream;
      }
      kept.stream.destroy();
    }
    return undefined;
  }

  keep(key: string, stream: ByteStream): void {
    const list = this.#idle.get(key) ?? [];
    if (!stream.idle || list.length >= KEPT_EACH) {
      stream.destroy();
      return;
    }
    stream.hold(false);
    const timer = setTimeout(() => this.#drop(key, stream), this.timing.keep);
    timer.unref();
    this.#idle.set(key, [...list, { stream, timer }]);
  }

  #drop(key: string, stream: ByteStream): void {
    stream.destroy();
    const left = (this.#idle.get(key) ?? []).filter((kept) => kept.stream !== stream);
    if (left.length > 0) this.#idle.set(key, left);
    else this.#idle.delete(key);
  }
}
