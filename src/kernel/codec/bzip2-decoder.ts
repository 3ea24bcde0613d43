import { dlopen, ptr } from "bun:ffi";
import {
  type DecoderState,
  type DecoderStep,
  loadCodec,
  noMemory,
  type StreamDecoder,
  StreamFields,
} from "./stream-decoder.ts";

// One library; Debian's name for it, and that of others.
const LIBRARIES = ["libbz2.so.1.0", "libbz2.so.1"];

// bzlib.h: results, and where the fields of bz_stream are.
const BZ_OK = 0;
const BZ_STREAM_END = 4;
const BZ_MEM_ERROR = -3;
const STREAM_SIZE = 80;
const NEXT_IN = 0;
const AVAIL_IN = 8;
const NEXT_OUT = 24;
const AVAIL_OUT = 32;
/** What a decoder of the largest blocks takes, in bytes (bzip2(1), memory management). */
const MEMORY = 3_700_000;

const load = () =>
  loadCodec(
    LIBRARIES,
    "libbz2-1.0 (Debian, Ubuntu), bzip2-libs (Fedora), libbz2 (Alpine) or bzip2 (Arch)",
    (name) =>
      dlopen(name, {
        BZ2_bzDecompressInit: { args: ["ptr", "i32", "i32"], returns: "i32" },
        BZ2_bzDecompress: { args: ["ptr"], returns: "i32" },
        BZ2_bzDecompressEnd: { args: ["ptr"], returns: "i32" },
      }),
  ).symbols;
let library: ReturnType<typeof load> | undefined;

/**
 * A decoder of .bz2 files, concatenated ones included, which verifies the checksums of blocks and streams.
 * @throws unsupported where libbz2 is not on the machine
 */
export function bzip2Decoder(): StreamDecoder {
  library ??= load();
  return new Bzip2Decoder(library);
}

class Bzip2Decoder implements StreamDecoder {
  readonly needed = MEMORY;
  readonly #fields = new StreamFields(STREAM_SIZE);
  /** Inside of a stream, not between two. */
  #isOpen = false;

  constructor(private readonly library: ReturnType<typeof load>) {}

  step(input: Uint8Array, output: Uint8Array, last: boolean): DecoderStep {
    if (!this.#isOpen) {
      if (input.byteLength === 0) return { read: 0, written: 0, state: last ? "ended" : "going" };
      this.#open();
    }
    const fields = this.#fields;
    fields.pointer(NEXT_IN, input.byteLength === 0 ? 0 : ptr(input));
    fields.setU32(AVAIL_IN, input.byteLength);
    fields.pointer(NEXT_OUT, ptr(output));
    fields.setU32(AVAIL_OUT, output.byteLength);
    const result = this.library.BZ2_bzDecompress(fields.bytes);
    const read = input.byteLength - fields.u32(AVAIL_IN);
    const written = output.byteLength - fields.u32(AVAIL_OUT);
    if (result === BZ_STREAM_END) {
      this.#close();
      return { read, written, state: last && read === input.byteLength ? "ended" : "going" };
    }
    return { read, written, state: stateOf(result, last && read + written === 0) };
  }

  #open(): void {
    this.#fields.bytes.fill(0);
    if (this.library.BZ2_bzDecompressInit(this.#fields.bytes, 0, 0) !== BZ_OK)
      throw noMemory(LIBRARIES[0] ?? "");
    this.#isOpen = true;
  }

  #close(): void {
    if (this.#isOpen) this.library.BZ2_bzDecompressEnd(this.#fields.bytes);
    this.#isOpen = false;
  }

  [Symbol.dispose](): void {
    this.#close();
  }
}

function stateOf(result: number, isStuck: boolean): DecoderState {
  if (result === BZ_OK) return isStuck ? "truncated" : "going";
  return result === BZ_MEM_ERROR ? "memory" : "damaged";
}
