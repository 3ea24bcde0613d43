const STREAM_NUMBER = { stdin: 0, stdout: 1, stderr: 2 } as const;

/** One frame of Docker's multiplexed stream: the stream's number, three zero bytes, a big-endian length, the data. */
export function encodeFrame(stream: keyof typeof STREAM_NUMBER, data: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(8 + data.byteLength);
  frame.writeUInt32LE(STREAM_NUMBER[stream], 0);
  frame.writeUInt32BE(data.byteLength, 4);
  frame.set(data, 8);
  return frame;
}
