import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { ChunkedDecoder } from "./chunked.ts";
import { HttpError } from "./http-error.ts";

function decode(pieces: readonly Buffer[]): { data: Buffer; done: boolean; rest: Buffer } {
  const decoder = new ChunkedDecoder();
  const out: Buffer[] = [];
  for (const [i, piece] of pieces.entries()) {
    out.push(...decoder.feed(piece));
    if (decoder.done) {
      return {
        data: Buffer.concat(out),
        done: true,
        rest: Buffer.concat([decoder.rest, ...pieces.slice(i + 1)]),
      };
    }
  }
  return { data: Buffer.concat(out), done: false, rest: Buffer.alloc(0) };
}

const whole = (text: string) => decode([Buffer.from(text, "latin1")]);

describe("ChunkedDecoder", () => {
  test("joins chunks, drops extensions and trailers, leaves what follows", () => {
    const { data, done, rest } = whole("5;a=b\r\nhello\r\n1\r\n!\r\n0\r\nX: y\r\n\r\nGET /");
    expect([data.toString(), done, rest.toString()]).toEqual(["hello!", true, "GET /"]);
  });

  test("is not done before the last empty line", () => {
    for (const text of ["", "5\r\nhel", "5\r\nhello\r\n", "0\r\n", "0\r\nA: b\r\n"])
      expect(whole(text).done).toBe(false);
  });

  test.each([
    "x\r\n",
    "\r\n",
    "-1\r\n",
    "5\nhello\r\n",
    "5 5\r\n",
    "5\r\nhelloX\r\n",
    "5\r\nhello\n0\r\n\r\n",
    "ffffffffffffffffff\r\n",
  ])("refuses %j", (text) => {
    expect(() => whole(text)).toThrow(HttpError);
  });

  test("bounds size lines and trailers", () => {
    expect(() => whole(`5;${"a".repeat(5000)}`)).toThrow("too long");
    expect(() => whole(`0\r\n${"A: b\r\n".repeat(4000)}`)).toThrow("too long");
  });

  test("cuts anywhere do not matter", () => {
    const body = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 6 });
    fc.assert(
      fc.property(
        body,
        fc.array(fc.nat(400), { maxLength: 8 }),
        fc.uint8Array({ maxLength: 20 }),
        (chunks, cuts, after) => {
          const encoded = Buffer.concat([
            ...chunks.flatMap((chunk) => [
              Buffer.from(`${chunk.length.toString(16)}\r\n`),
              chunk,
              Buffer.from("\r\n"),
            ]),
            Buffer.from("0\r\n\r\n"),
            after,
          ]);
          const at = [
            0,
            ...cuts.map((cut) => Math.min(cut, encoded.length)).sort((a, b) => a - b),
            encoded.length,
          ];
          const pieces = at.slice(1).map((end, i) => encoded.subarray(at[i], end));
          const result = decode(pieces);
          expect(result.done).toBe(true);
          expect(result.data).toEqual(Buffer.concat(chunks));
          expect(result.rest).toEqual(Buffer.from(after));
        },
      ),
    );
  });

  test("any bytes are decoded or refused, never more out than in", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 30 })), (pieces) => {
        try {
          const { data } = decode(pieces.map((piece) => Buffer.from(piece)));
          expect(data.length).toBeLessThanOrEqual(pieces.reduce((sum, piece) => sum + piece.length, 0));
        } catch (error) {
          expect(error).toBeInstanceOf(HttpError);
        }
      }),
    );
  });
});
