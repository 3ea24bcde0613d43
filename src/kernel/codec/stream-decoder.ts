import { type BerthError, unavailable, unsupported } from "../../core/index.ts";

/**
 * How one step went: `going` (more input or room for output is needed), `ended` (all is decoded and its checksums are
 * right), or why it cannot go on.
 */
export type DecoderState = "going" | "ended" | "truncated" | "damaged" | "unsupported" | "memory";

export interface DecoderStep {
  /** Bytes of the input that were taken, and of the output that were filled. */
  readonly read: number;
  readonly written: number;
  readonly state: DecoderState;
}

/** Decodes one compressed stream in steps of the caller's size. Its memory is freed when it is disposed of. */
export interface StreamDecoder extends Disposable {
  /** @param last no input comes after this one */
  step(input: Uint8Array, output: Uint8Array, last: boolean): DecoderStep;
  /** Bytes it would have needed; for the state `memory`. */
  readonly needed: number;
}

/** Loads one of several names of a library with `load`. @throws unsupported, which says what to install */
export function loadCodec<T>(names: readonly string[], packages: string, load: (name: string) => T): T {
  let failure: unknown;
  for (const name of names) {
    try {
      return load(name);
    } catch (error) {
      failure = error;
    }
  }
  throw unsupported(
    `${names[0]} cannot be loaded, and this compression needs it: install ${packages}`,
    failure,
  );
}

export function noMemory(library: string): BerthError {
  return unavailable(`${library} cannot start a decoder: out of memory?`);
}

/** The addresses and sizes in a C structure of native byte order (little endian, 64 bits). */
export class StreamFields {
  readonly bytes: Uint8Array;
  readonly #view: DataView;

  constructor(size: number) {
    this.bytes = new Uint8Array(size);
    this.#view = new DataView(this.bytes.buffer);
  }

  pointer(at: number, address: number): void {
    this.#view.setBigUint64(at, BigInt(address), true);
  }

  u32(at: number): number {
    return this.#view.getUint32(at, true);
  }

  setU32(at: number, value: number): void {
    this.#view.setUint32(at, value, true);
  }

  u64(at: number): number {
    return Number(this.#view.getBigUint64(at, true));
  }

  setU64(at: number, value: number): void {
    this.#view.setBigUint64(at, BigInt(value), true);
  }
}
