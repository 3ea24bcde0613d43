import { type BerthError, humanSize, invalid, unsupported } from "../core/index.ts";
import type { StreamDecoder } from "../kernel/index.ts";

/** Bytes decoded at a time: a few milliseconds in which nothing else happens. */
const OUTPUT_SIZE = 1 << 18;

const NOTHING = new Uint8Array(0);

export function cutOff(compression: string): BerthError {
  return invalid(`${compression} data is truncated: it ends before its end mark`);
}

/**
 * Decodes `source` as fast as the result is read, no faster.
 * @throws invalid when it is damaged, cut off or wants too much memory; unsupported
 */
export async function* nativelyDecoded(
  open: () => StreamDecoder,
  source: AsyncGenerator<Uint8Array>,
  compression: string,
): AsyncGenerator<Uint8Array, void, void> {
  // It is closed, too, when no decoder can be opened.
  await using _ = { [Symbol.asyncDispose]: async () => void (await source.return(undefined)) };
  using decoder = open();
  const output = new Output();
  for await (const piece of source) {
    for (let input = piece; input.byteLength > 0; ) {
      const { read, written, state } = decoder.step(input, output.free, false);
      if (state !== "going") throw failure(state, decoder, compression);
      // With input and room for output there is something to do, or this would never end.
      if (read + written === 0) throw failure("damaged", decoder, compression);
      input = input.subarray(read);
      if (output.fill(written)) yield* handedOn(output);
    }
  }
  for (;;) {
    const { written, state } = decoder.step(NOTHING, output.free, true);
    const isFull = output.fill(written);
    if (state === "ended") break;
    if (state !== "going") throw failure(state, decoder, compression);
    if (isFull) yield* handedOn(output);
  }
  yield* handedOn(output);
}

/** Everything else gets its turn between two pieces. */
async function* handedOn(output: Output): AsyncGenerator<Uint8Array, void, void> {
  const bytes = output.take();
  if (bytes.byteLength > 0) yield bytes;
  await new Promise(setImmediate);
}

/** What is decoded and not handed on yet. */
class Output {
  #bytes = new Uint8Array(OUTPUT_SIZE);
  #filled = 0;

  get free(): Uint8Array {
    return this.#bytes.subarray(this.#filled);
  }

  /** @returns true when it is full */
  fill(count: number): boolean {
    this.#filled += count;
    return this.#filled === OUTPUT_SIZE;
  }

  take(): Uint8Array {
    const taken = this.#bytes.subarray(0, this.#filled);
    this.#bytes = new Uint8Array(OUTPUT_SIZE);
    this.#filled = 0;
    return taken;
  }
}

function failure(
  state: Exclude<ReturnType<StreamDecoder["step"]>["state"], "going">,
  decoder: StreamDecoder,
  compression: string,
): BerthError {
  switch (state) {
    case "truncated":
      return cutOff(compression);
    case "memory":
      return invalid(
        `${compression} data needs ${humanSize(decoder.needed)} of memory to unpack, which is too much: compress it with a smaller dictionary`,
      );
    case "unsupported":
      return unsupported(`${compression} data uses a filter or checksum that is not supported`);
    default:
      return invalid(`${compression} data is damaged`);
  }
}
