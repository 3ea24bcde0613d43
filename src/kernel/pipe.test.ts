import { expect, test } from "bun:test";
import { closeSync, readSync, writeSync } from "node:fs";
import { openPipe } from "./pipe.ts";

test("bytes go through, and only the kept end is non-blocking", () => {
  const { read, write } = openPipe("read");
  try {
    const buffer = Buffer.alloc(8);
    expect(() => readSync(read, buffer)).toThrow("EAGAIN");
    writeSync(write, "ping");
    expect(buffer.toString("utf8", 0, readSync(read, buffer))).toBe("ping");
  } finally {
    closeSync(read);
    closeSync(write);
  }
});

test("the end of file arrives when the writer closes", () => {
  const { read, write } = openPipe("write");
  closeSync(write);
  expect(readSync(read, Buffer.alloc(1))).toBe(0);
  closeSync(read);
});
