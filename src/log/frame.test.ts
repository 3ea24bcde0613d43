import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { encodeFrame, FrameDecoder, type FrameStream } from "./frame.ts";

const streams = fc.constantFrom<FrameStream>("stdin", "stdout", "stderr", "system");
const frames = fc.array(fc.record({ stream: streams, data: fc.uint8Array({ maxLength: 300 }) }), {
  maxLength: 20,
});

/** Payload by runs of one stream, so that the cuts do not matter. */
function joined(parts: readonly { stream: string; data: Uint8Array }[]): [string, string][] {
  const runs: [string, string][] = [];
  for (const { stream, data } of parts) {
    if (data.byteLength === 0) continue;
    const last = runs.at(-1);
    const hex = Buffer.from(data).toString("hex");
    if (last?.[0] === stream) last[1] += hex;
    else runs.push([stream, hex]);
  }
  return runs;
}

describe("stream frames", () => {
  test("the header is stream, three zeros and a big-endian length", () => {
    expect([...encodeFrame("stderr", Buffer.from("hi"))]).toEqual([2, 0, 0, 0, 0, 0, 0, 2, 104, 105]);
    expect([...encodeFrame("stdout", new Uint8Array(70000)).subarray(0, 8)]).toEqual([
      1, 0, 0, 0, 0, 1, 17, 112,
    ]);
  });

  test("whatever was encoded is decoded, however it is cut", () => {
    fc.assert(
      fc.property(
        frames,
        fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 50 }),
        (input, cuts) => {
          const whole = Buffer.concat(input.map(({ stream, data }) => encodeFrame(stream, data)));
          const decoder = new FrameDecoder();
          const output = [];
          for (let at = 0, turn = 0; at < whole.length; turn++) {
            const next = at + (cuts[turn % cuts.length] as number);
            output.push(...decoder.decode(whole.subarray(at, next)));
            at = next;
          }
          expect(joined(output)).toEqual(joined(input));
          expect(decoder.complete).toBe(true);
        },
      ),
    );
  });

  test("a stream that is cut off is known to be", () => {
    const whole = encodeFrame("stdout", Buffer.from("abc"));
    for (let length = 1; length < whole.length; length++) {
      const decoder = new FrameDecoder();
      decoder.decode(whole.subarray(0, length));
      expect(decoder.complete).toBe(false);
    }
  });

  test("arbitrary bytes are decoded or refused, never more than there is", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => {
        try {
          const got = new FrameDecoder().decode(bytes);
          expect(got.reduce((sum, { data }) => sum + data.byteLength, 0)).toBeLessThanOrEqual(
            bytes.byteLength,
          );
        } catch (error) {
          expect(error).toMatchObject({ kind: "invalid" });
        }
      }),
    );
  });
});
