export {
  encodeFrame,
  FRAME_HEADER,
  type Frame,
  FrameDecoder,
  type FrameStream,
  writeFrameHeader,
} from "./frame.ts";
export { type FrameOptions, readLog, readLogChunks, readLogFrames } from "./read.ts";
export type * from "./types.ts";
