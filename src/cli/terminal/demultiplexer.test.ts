import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Demultiplexer, type Piece } from "./demultiplexer.ts";

function frame(stream: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(8 + payload.length);
  bytes[0] = stream;
  new DataView(bytes.buffer).setUint32(4, payload.length);
  bytes.set(payload, 8);
  return bytes;
}

function text(bytes: readonly Uint8Array[]): string {
  return new TextDecoder().decode(Buffer.concat(bytes));
}

function join(pieces: readonly Piece[], stream: Piece["stream"]): Uint8Array {
  return Buffer.concat(pieces.filter((piece) => piece.stream === stream).map((piece) => piece.bytes));
}

const encode = (value: string) => new TextEncoder().encode(value);

describe("Demultiplexer", () => {
  test("joins neighbouring frames of one stream and keeps the order of streams", () => {
    const input = [
      frame(1, encode("a")),
      frame(1, encode("b")),
      frame(2, encode("!")),
      frame(1, encode("c")),
    ];
    const pieces = new Demultiplexer().push(Buffer.concat(input));
    expect(pieces.map(({ stream, bytes }) => `${stream}:${text([bytes])}`)).toEqual([
      "stdout:ab",
      "stderr:!",
      "stdout:c",
    ]);
  });

  test("an empty frame is no piece", () => {
    expect(new Demultiplexer().push(frame(1, new Uint8Array(0)))).toEqual([]);
  });

  test("any cut of the stream gives the same bytes on each stream", () => {
    const frames = fc.array(fc.tuple(fc.constantFrom(1, 2), fc.uint8Array({ maxLength: 40 })), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(frames, fc.array(fc.nat(2000)), (list, cuts) => {
        const whole = Buffer.concat(list.map(([stream, payload]) => frame(stream, payload)));
        const places = [...new Set(cuts.map((cut) => cut % (whole.length + 1)))].sort((a, b) => a - b);
        const demultiplexer = new Demultiplexer();
        const out: Piece[] = [];
        let start = 0;
        for (const end of [...places, whole.length]) {
          const pieces = demultiplexer.push(whole.subarray(start, end));
          out.push(...pieces.map(({ stream, bytes }) => ({ stream, bytes: bytes.slice() })));
          start = end;
        }
        expect(demultiplexer.incomplete).toBe(false);
        for (const [number, stream] of [
          [1, "stdout"],
          [2, "stderr"],
        ] as const) {
          const expected = Buffer.concat(list.filter(([n]) => n === number).map(([, payload]) => payload));
          expect(Buffer.compare(join(out, stream), expected)).toBe(0);
        }
      }),
    );
  });

  test("says so when the bytes are something else", () => {
    expect(() => new Demultiplexer().push(encode("plain text, not frames"))).toThrow(
      "not a multiplexed stream",
    );
  });

  test("knows that it was cut short", () => {
    const demultiplexer = new Demultiplexer();
    demultiplexer.push(frame(1, encode("hello")).subarray(0, 10));
    expect(demultiplexer.incomplete).toBe(true);
  });
});
