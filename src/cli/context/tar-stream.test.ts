import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { type ContextEntry, tarStream } from "./tar-stream.ts";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "berth-tar-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

const bytes = (text: string) => new TextEncoder().encode(text);

function file(
  name: string | Uint8Array,
  content: Uint8Array,
  more: Partial<ContextEntry> = {},
): ContextEntry {
  const encoded = typeof name === "string" ? bytes(name) : name;
  return { name: encoded, type: "file", mode: 0o644, mtime: 1e9, size: content.length, content, ...more };
}

/** What the system's tar makes of the archive. */
function unpack(entries: readonly ContextEntry[]): { list: string[]; into: string } {
  const into = mkdtempSync(join(directory, "out-"));
  const archive = Buffer.concat([...tarStream(entries)]);
  const options = { stdin: archive, env: { ...process.env, LC_ALL: "C", TZ: "UTC" } };
  const tar = Bun.spawnSync(["tar", "--numeric-owner", "-xpvvf", "-", "-C", into], options);
  expect(tar.stderr.toString()).toBe("");
  return { list: tar.stdout.toString().trim().split("\n"), into };
}

describe("tarStream", () => {
  test("keeps types, modes, times and links; everything is root's", () => {
    const { list } = unpack([
      { name: bytes("d"), type: "directory", mode: 0o750, mtime: 1e9, size: 0 },
      file("d/suid", bytes("x"), { mode: 0o4755 }),
      { name: bytes("d/link"), type: "symlink", mode: 0o777, mtime: 1e9, size: 0, link: bytes("/a/b") },
    ]);
    expect(list.map((line) => line.replace(/\s+/g, " "))).toEqual([
      "drwxr-x--- 0/0 0 2001-09-09 01:46 d/",
      "-rwsr-xr-x 0/0 1 2001-09-09 01:46 d/suid",
      "lrwxrwxrwx 0/0 0 2001-09-09 01:46 d/link -> /a/b",
    ]);
  });

  test("long names, long links and names that are not ASCII or not UTF-8", () => {
    const long = `${"n".repeat(90)}/${"m".repeat(120)}`;
    const latin = Uint8Array.of(0x66, 0xfc, 0x72);
    const { into } = unpack([
      file(long, bytes("long")),
      file("ünï", bytes("accents")),
      file(latin, bytes("latin")),
      { name: bytes("l"), type: "symlink", mode: 0o777, mtime: 0, size: 0, link: bytes("t".repeat(300)) },
    ]);
    expect(readFileSync(join(into, long), "utf8")).toBe("long");
    expect(readFileSync(join(into, "ünï"), "utf8")).toBe("accents");
    expect(readFileSync(Buffer.concat([bytes(`${into}/`), latin]), "utf8")).toBe("latin");
    expect(readlinkSync(join(into, "l"))).toBe("t".repeat(300));
  });

  test("any names and contents come out as they went in, in blocks of 512 bytes", () => {
    const name = fc.string({
      unit: fc.constantFrom("a", "b", "ä", " ", "x".repeat(40)),
      minLength: 1,
      maxLength: 8,
    });
    const list = fc.uniqueArray(fc.tuple(name, fc.uint8Array({ maxLength: 1500 })), {
      selector: ([text]) => text,
      maxLength: 5,
    });
    fc.assert(
      fc.property(list, (files) => {
        const entries = files.map(([text, content]) => file(text, content));
        expect(Buffer.concat([...tarStream(entries)]).length % 512).toBe(0);
        const { into } = unpack(entries);
        expect(readdirSync(into).sort()).toEqual(files.map(([text]) => text).sort());
        for (const [text, content] of files) {
          expect(Buffer.compare(readFileSync(join(into, text)), content)).toBe(0);
        }
      }),
      { numRuns: 20 },
    );
  });

  test("large files come in pieces", () => {
    const path = join(directory, "large");
    const content = Buffer.alloc(700_000, "0123456789");
    writeFileSync(path, content);
    const entry: ContextEntry = {
      name: bytes("large"),
      type: "file",
      mode: 0o600,
      mtime: 0,
      size: content.length,
      source: path,
    };
    const pieces = [...tarStream([entry])];
    expect(pieces.length).toBeGreaterThan(2);
    const { into } = unpack([entry]);
    expect(Buffer.compare(readFileSync(join(into, "large")), content)).toBe(0);
  });

  test("a file that cannot be read, or is shorter than it was, is named", () => {
    const path = join(directory, "short");
    writeFileSync(path, "abc");
    const entry = (source: string): ContextEntry => ({
      name: bytes("f"),
      type: "file",
      mode: 0o600,
      mtime: 0,
      size: 10,
      source,
    });
    expect(() => [...tarStream([entry(path)])]).toThrow(`${path} became shorter`);
    expect(() => [...tarStream([entry(`${path}-not`)])]).toThrow(
      `cannot read ${path}-not for the build context: no such file or directory`,
    );
  });
});
