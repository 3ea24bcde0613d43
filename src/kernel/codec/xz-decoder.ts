import { dlopen, FFIType, ptr } from "bun:ffi";
import {
  type DecoderState,
  type DecoderStep,
  loadCodec,
  noMemory,
  type StreamDecoder,
  StreamFields,
} from "./stream-decoder.ts";

const LIBRARY = "liblzma.so.5";

// lzma/base.h: actions, results, flags, and where the fields of lzma_stream are.
const LZMA_RUN = 0;
const LZMA_FINISH = 3;
const LZMA_OK = 0;
const LZMA_STREAM_END = 1;
const LZMA_BUF_ERROR = 10;
const STATES: Readonly<Record<number, DecoderState>> = {
  [LZMA_OK]: "going",
  [LZMA_STREAM_END]: "ended",
  // A checksum it does not know: without it nothing is verified.
  3: "unsupported",
  5: "memory",
  6: "memory",
  // Not the format, where a stream or nothing should follow.
  7: "damaged",
  8: "unsupported",
  9: "damaged",
};
const LZMA_TELL_UNSUPPORTED_CHECK = 0x02;
const LZMA_CONCATENATED = 0x08;
const STREAM_SIZE = 136;
const NEXT_IN = 0;
const AVAIL_IN = 8;
const NEXT_OUT = 24;
const AVAIL_OUT = 32;

const load = () =>
  loadCodec([LIBRARY], "liblzma5 (Debian, Ubuntu), xz-libs (Fedora, Alpine) or xz (Arch)", (name) =>
    dlopen(name, {
      lzma_stream_decoder: { args: ["ptr", "u64", "u32"], returns: "u32" },
      lzma_code: { args: ["ptr", "u32"], returns: "u32" },
      lzma_memusage: { args: ["ptr"], returns: FFIType.u64_fast },
      lzma_end: { args: ["ptr"], returns: "void" },
    }),
  ).symbols;
let library: ReturnType<typeof load> | undefined;

/**
 * A decoder of .xz files, concatenated ones and stream padding included, which verifies every checksum there is.
 * @param memoryLimit in bytes; most of it is the dictionary, whose size the file says
 * @throws unsupported where liblzma is not on the machine
 */
export function xzDecoder(memoryLimit: number): StreamDecoder {
  library ??= load();
  const { lzma_stream_decoder, lzma_code, lzma_memusage, lzma_end } = library;
  const fields = new StreamFields(STREAM_SIZE);
  const flags = LZMA_TELL_UNSUPPORTED_CHECK | LZMA_CONCATENATED;
  if (lzma_stream_decoder(fields.bytes, memoryLimit, flags) !== LZMA_OK) throw noMemory(LIBRARY);
  return {
    step(input, output, last): DecoderStep {
      fields.pointer(NEXT_IN, input.byteLength === 0 ? 0 : ptr(input));
      fields.setU64(AVAIL_IN, input.byteLength);
      fields.pointer(NEXT_OUT, ptr(output));
      fields.setU64(AVAIL_OUT, output.byteLength);
      const result = lzma_code(fields.bytes, last ? LZMA_FINISH : LZMA_RUN);
      const read = input.byteLength - fields.u64(AVAIL_IN);
      const written = output.byteLength - fields.u64(AVAIL_OUT);
      // No progress: at the end of the input that means that something is missing.
      if (result === LZMA_BUF_ERROR) return { read, written, state: last ? "truncated" : "going" };
      return { read, written, state: STATES[result] ?? "damaged" };
    },
    get needed() {
      return Number(lzma_memusage(fields.bytes));
    },
    [Symbol.dispose]: () => lzma_end(fields.bytes),
  };
}
