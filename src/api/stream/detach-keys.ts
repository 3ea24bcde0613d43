import { invalid } from "../../core/index.ts";

const CTRL = /^ctrl-([a-z@[\\\]^_])$/;
const DEFAULT_KEYS = Uint8Array.of(0x10, 0x11);

/**
 * The bytes of a detach sequence such as `ctrl-p,ctrl-q` or `a,b`; the default when empty.
 * @throws invalid in Docker's words
 */
export function parseDetachKeys(keys: string): Uint8Array {
  if (keys === "") return DEFAULT_KEYS;
  return Uint8Array.from(keys.split(","), (key) => {
    const control = CTRL.exec(key)?.[1];
    if (control) return control.toUpperCase().charCodeAt(0) - 0x40;
    if (key.length === 1 && key.charCodeAt(0) < 0x80) return key.charCodeAt(0);
    throw invalid(`Invalid detach keys (${keys}) provided`);
  });
}

/** Watches typed input for the detach sequence. Keys that may begin it are held back until the next one decides. */
export class DetachFilter {
  readonly #keys: Uint8Array;
  #matched = 0;

  constructor(keys: Uint8Array) {
    this.#keys = keys;
  }

  /** What is to be passed on, and whether the sequence was completed; what follows it is dropped. */
  feed(input: Uint8Array): { data: Uint8Array; detached: boolean } {
    if (this.#matched === 0 && !input.includes(this.#keys[0] as number))
      return { data: input, detached: false };
    const out: number[] = [];
    for (const byte of input) {
      if (byte !== this.#keys[this.#matched]) {
        out.push(...this.#keys.subarray(0, this.#matched));
        this.#matched = 0;
      }
      if (byte !== this.#keys[this.#matched]) out.push(byte);
      else if (++this.#matched === this.#keys.length) return { data: Uint8Array.from(out), detached: true };
    }
    return { data: Uint8Array.from(out), detached: false };
  }
}
