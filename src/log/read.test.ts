import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { FrameDecoder } from "./frame.ts";
import { readLog, readLogChunks, readLogFrames } from "./read.ts";
import { fixedStamp } from "./time-bound.ts";
import type { LogReadOptions, LogRecord } from "./types.ts";

interface Plain {
  stream: "stdout" | "stderr";
  time: bigint;
  data: string;
  partial: boolean;
}

const BOTH = { stdout: true, stderr: true };
const START = 1_780_000_000_000_000_000n;
let directory: string;
let path: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "berth-log-"));
  path = join(directory, "log");
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function toLine({ stream, time, data, partial }: Plain): Buffer {
  const head = `${fixedStamp(time)}+00:00 ${stream} ${partial ? "P" : "F"} `;
  return Buffer.from(head + (partial ? `${data}\n` : data), "latin1");
}

function plain({ stream, time, data, partial }: LogRecord): Plain {
  return { stream, time, data: Buffer.from(data).toString("latin1"), partial };
}

async function read(options: LogReadOptions): Promise<Plain[]> {
  const records: Plain[] = [];
  for await (const record of readLog(path, options)) records.push(plain(record));
  return records;
}

/** What the options mean, said plainly: filter, then the last lines of what is left. */
function naive(records: readonly Plain[], options: LogReadOptions): Plain[] {
  const wanted = records.filter(
    ({ stream, time }) =>
      options[stream] &&
      time >= (options.since ?? 0n) &&
      (options.until === undefined || time <= options.until),
  );
  if (options.tail === undefined) return wanted;
  const open: { stdout?: Plain[]; stderr?: Plain[] } = {};
  const lines: { ended: number; parts: Plain[] }[] = [];
  wanted.forEach((record, index) => {
    const parts = open[record.stream] ?? [];
    parts.push(record);
    open[record.stream] = record.partial ? parts : undefined;
    if (!record.partial) lines.push({ ended: index, parts });
  });
  for (const parts of [open.stdout, open.stderr]) {
    if (parts) lines.push({ ended: wanted.indexOf(parts.at(-1) as Plain), parts });
  }
  lines.sort((a, b) => a.ended - b.ended);
  const kept = new Set(lines.slice(Math.max(0, lines.length - options.tail)).flatMap(({ parts }) => parts));
  return wanted.filter((record) => kept.has(record));
}

const content = fc
  .uint8Array({ maxLength: 40 })
  .map((bytes) => Buffer.from(bytes).toString("latin1").replaceAll("\n", "x"));
const record = fc.record({
  stream: fc.constantFrom<"stdout" | "stderr">("stdout", "stderr"),
  step: fc.integer({ min: 0, max: 3 }),
  data: content,
  partial: fc.boolean(),
});
const log = fc.array(record, { maxLength: 40 }).map((steps) => {
  let time = START;
  return steps.map(({ step, data, ...rest }): Plain => {
    time += BigInt(step) * 500_000_000n;
    return { ...rest, time, data: rest.partial ? data : `${data}\n` };
  });
});
const moment = fc.option(
  fc.integer({ min: -2, max: 60 }).map((half) => START + BigInt(half) * 500_000_000n),
  { nil: undefined },
);
const options = fc.record({
  stdout: fc.boolean(),
  stderr: fc.boolean(),
  since: moment,
  until: moment,
  tail: fc.option(fc.integer({ min: 0, max: 12 }), { nil: undefined }),
});

describe("reading a log", () => {
  test("filters and tail give what the plain definition gives", async () => {
    await fc.assert(
      fc.asyncProperty(log, options, async (records, wanted) => {
        writeFileSync(path, Buffer.concat(records.map(toLine)));
        expect(await read(wanted)).toEqual(naive(records, wanted));
      }),
      { numRuns: 500 },
    );
  });

  test("any bytes, cut into records in any way, come back as they were", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 2000 }),
        fc.integer({ min: 1, max: 300 }),
        async (bytes, size) => {
          const text = Buffer.from(bytes).toString("latin1");
          const pieces = text.match(new RegExp(`[^\\n]{0,${size}}(?:\\n|$)|[^\\n]{${size}}`, "g")) ?? [];
          const records = pieces
            .filter(Boolean)
            .map((data): Plain => ({ stream: "stdout", time: START, data, partial: !data.endsWith("\n") }));
          writeFileSync(path, Buffer.concat(records.map(toLine)));
          const got = await read(BOTH);
          expect(got.map(({ data }) => data).join("")).toBe(text);
          const out: Uint8Array[] = [];
          for await (const piece of readLogFrames(path, BOTH, { framed: false, timestamps: false }))
            out.push(piece);
          expect(Buffer.concat(out).toString("latin1")).toBe(text);
        },
      ),
    );
  });

  test("garbage is left out and does no harm", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), options, async (bytes, wanted) => {
        const good: Plain = { stream: "stderr", time: START, data: "good\n", partial: false };
        writeFileSync(path, Buffer.concat([bytes, Buffer.from("\n"), toLine(good)]));
        expect(await read({ ...wanted, ...BOTH, since: undefined, until: undefined, tail: 1 })).toEqual([
          good,
        ]);
        await read(wanted);
      }),
    );
  });

  test("frames carry stream, time and data", async () => {
    const records: Plain[] = [
      { stream: "stdout", time: START, data: "begin ", partial: true },
      { stream: "stderr", time: START + 1n, data: "oops\r\n", partial: false },
      { stream: "stdout", time: START + 2n, data: "end\n", partial: false },
    ];
    writeFileSync(path, Buffer.concat(records.map(toLine)));
    const decode = async (timestamps: boolean, prefix?: Uint8Array) => {
      const decoder = new FrameDecoder();
      const frames: string[] = [];
      for await (const piece of readLogFrames(path, BOTH, { framed: true, timestamps, prefix })) {
        for (const { stream, data } of decoder.decode(piece)) frames.push(`${stream} ${Buffer.from(data)}`);
      }
      return frames;
    };
    expect(await decode(false)).toEqual(["stdout begin ", "stderr oops\r\n", "stdout end\n"]);
    const stamp = (nanos: bigint) => `${fixedStamp(nanos)}Z`;
    expect(await decode(true)).toEqual([
      `stdout ${stamp(START)} begin `,
      `stderr ${stamp(START + 1n)} oops\r\n`,
      "stdout end\n",
    ]);
    expect((await decode(true, Buffer.from("a=b ")))[1]).toBe(`stderr ${stamp(START + 1n)} a=b oops\r\n`);
  });

  test("times in another zone and with fewer digits are understood", async () => {
    const lines = [
      "2026-05-01T12:00:00+02:00 stdout F zone\n",
      "2026-05-01T10:00:01.5Z stdout F digits\n",
      "2026-05-01T10:00:02.000000000-01:30 stderr F later\n",
    ];
    writeFileSync(path, lines.join(""));
    const base = BigInt(Date.parse("2026-05-01T10:00:00Z")) * 1_000_000n;
    expect((await read(BOTH)).map(({ time }) => time - base)).toEqual([
      0n,
      1_500_000_000n,
      5_402_000_000_000n,
    ]);
    expect(
      (await read({ ...BOTH, since: base + 1n, until: base + 2_000_000_000n })).map(({ data }) => data),
    ).toEqual(["digits\n"]);
    const out: string[] = [];
    for await (const piece of readLogFrames(path, BOTH, { framed: false, timestamps: true }))
      out.push(Buffer.from(piece).toString());
    expect(out.join("")).toStartWith(
      "2026-05-01T10:00:00.000000000Z zone\n2026-05-01T10:00:01.500000000Z digits\n",
    );
  });

  test("a line without its end is not given yet", async () => {
    const whole = toLine({ stream: "stdout", time: START, data: "whole\n", partial: false });
    const next = toLine({ stream: "stdout", time: START, data: "next\n", partial: false });
    for (let length = 0; length < next.length; length++) {
      writeFileSync(path, Buffer.concat([whole, next.subarray(0, length)]));
      expect((await read(BOTH)).map(({ data }) => data)).toEqual(["whole\n"]);
      expect((await read({ ...BOTH, tail: 1 })).map(({ data }) => data)).toEqual(["whole\n"]);
    }
  });

  test("no file, no records", async () => {
    path = join(directory, "missing");
    expect(await read({ ...BOTH, tail: 5 })).toEqual([]);
    path = join(directory, "log");
  });

  test("a log of many blocks: all, the tail across blocks, long lines in pieces", async () => {
    const records: Plain[] = [];
    for (let n = 0; n < 30_000; n++) {
      const time = START + BigInt(n);
      if (n % 100 === 50) {
        for (let piece = 0; piece < 5; piece++) {
          records.push({ stream: "stdout", time, data: "p".repeat(8192), partial: true });
        }
      }
      records.push({ stream: n % 7 ? "stdout" : "stderr", time, data: `line ${n}\n`, partial: false });
    }
    writeFileSync(path, Buffer.concat(records.map(toLine)));
    expect((await read(BOTH)).length).toBe(records.length);
    let batches = 0;
    for await (const batch of readLogChunks(path, BOTH)) {
      batches++;
      expect(batch.length).toBeGreaterThan(0);
    }
    expect(batches).toBeGreaterThan(10);
    for (const tail of [1, 49, 51, 150, 2000]) {
      expect(await read({ ...BOTH, tail })).toEqual(naive(records, { ...BOTH, tail }));
    }
    expect(await read({ stdout: false, stderr: true, tail: 3 })).toEqual(
      naive(records, { stdout: false, stderr: true, tail: 3 }),
    );
  });
});
