import { invalid } from "../../core/index.ts";

export const DEFAULT_DETACH_KEYS = "ctrl-p,ctrl-q";

const CONTROL = "@abcdefghijklmnopqrstuvwxyz[\\]^_";

/**
 * The bytes of a key sequence such as `ctrl-p,ctrl-q` or `a,b`: each key is one character, or `ctrl-` with a letter or
 * one of `@[\]^_`. @throws invalid
 */
export function parseDetachKeys(text: string): Uint8Array {
  return Uint8Array.from(text.split(","), (key) => {
    const control = key.startsWith("ctrl-") ? CONTROL.indexOf(key.slice(5).toLowerCase()) : -1;
    if (key.length === 6 && control >= 0) return control;
    if (/^[\x21-\x7e]$/.test(key)) return key.charCodeAt(0);
    throw invalid(`Unknown character: '${key}'`);
  });
}

/**
 * Watches typed bytes for the key sequence that detaches. Bytes that may yet become the sequence are held back until
 * it is known whether they do.
 */
export class DetachFilter {
  /** Keys of the sequence typed so far, all held back. */
  #held = 0;

  constructor(private readonly keys: Uint8Array) {}

  /** Bytes to pass on, and whether the sequence is complete; what was typed after it is dropped. */
  push(input: Uint8Array): { pass: Uint8Array; detached: boolean } {
    const pass: number[] = [];
    for (const byte of input) {
      while (this.#held > 0 && byte !== this.keys[this.#held]) this.#giveBack(pass);
      if (byte !== this.keys[this.#held]) {
        pass.push(byte);
        continue;
      }
      this.#held++;
      if (this.#held === this.keys.length) {
        this.#held = 0;
        return { pass: Uint8Array.from(pass), detached: true };
      }
    }
    return { pass: Uint8Array.from(pass), detached: false };
  }

  /** What is still held back when the input ends. */
  flush(): Uint8Array {
    const rest = this.keys.slice(0, this.#held);
    this.#held = 0;
    return rest;
  }

  /** Lets go of held bytes until the rest is again the beginning of the sequence. */
  #giveBack(pass: number[]): void {
    const { keys } = this;
    const held = this.#held;
    for (let start = 1; start <= held; start++) {
      if (keys.subarray(start, held).every((byte, index) => byte === keys[index])) {
        pass.push(...keys.subarray(0, start));
        this.#held = held - start;
        return;
      }
    }
  }
}
