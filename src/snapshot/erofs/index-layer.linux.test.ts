import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  statfsSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { type TarInput, writeTar } from "../../image/index.ts";
import { runCommand } from "../../process/index.ts";
import {
  directory,
  file,
  isRoot,
  scratchDirectory,
  symlink,
  tarBytes,
  withChecksum,
} from "../test-support.ts";
import { mountIndex } from "./erofs-layer.ts";
import { indexLayer } from "./index-layer.ts";
import { NotExpressible } from "./not-expressible.ts";

setDefaultTimeout(60_000);

let scratch: ReturnType<typeof scratchDirectory>;
let tar: string;
let index: string;
let target: string;
beforeEach(() => {
  scratch = scratchDirectory();
  [tar, index, target] = ["tar", "index", "mounted"].map((name) => join(scratch.path, name)) as [
    string,
    string,
    string,
  ];
  mkdirSync(target);
});
afterEach(() => scratch[Symbol.dispose]());

const make = () => indexLayer(tar, index, new Uint8Array(16));

/** A tar of one file of `size` bytes, of which only `parts` are on the disk, and another file behind it. */
async function hugeTar(size: number, parts: Readonly<Record<number, string>>): Promise<void> {
  const head: TarInput = { name: "big", type: "file", size };
  const { value } = await writeTar([{ ...head, body: endless() }]).next();
  const header = (value as Uint8Array).subarray(0, size >= 2 ** 33 ? 1536 : 512);
  const tail = await tarBytes([file("after", "here")]);
  const fd = openSync(tar, "w");
  writeSync(fd, header, 0, header.byteLength, 0);
  for (const [at, text] of Object.entries(parts)) writeSync(fd, text, header.byteLength + Number(at));
  writeSync(fd, tail, 0, tail.byteLength, header.byteLength + Math.ceil(size / 512) * 512);
  closeSync(fd);
}
async function* endless(): AsyncGenerator<Uint8Array> {
  for (;;) yield new Uint8Array(1 << 20);
}
function textAt(path: string, at: number, length: number): string {
  const fd = openSync(path, "r");
  const bytes = Buffer.alloc(length);
  readSync(fd, bytes, 0, length, at);
  closeSync(fd);
  return bytes.toString();
}

describe.skipIf(!isRoot)("the index of a layer", () => {
  test("reaches files behind many gigabytes", async () => {
    const size = 1_500_000_000_005;
    await hugeTar(size, { 0: "start", [2 ** 32 + 7]: "middle", [size - 3]: "end" });
    expect(await make()).toMatchObject({ size: size + 4 });
    mountIndex(index, tar, target);
    const big = join(target, "big");
    expect(statSync(big).size).toBe(size);
    expect([textAt(big, 0, 5), textAt(big, 2 ** 32 + 7, 6), textAt(big, size - 3, 3)]).toEqual([
      "start",
      "middle",
      "end",
    ]);
    expect(textAt(join(target, "after"), 0, 4)).toBe("here");
    truncateSync(tar);
  });

  test("is not for tars of more than two terabytes", async () => {
    await hugeTar(2_300_000_000_000, {});
    await expect(make()).rejects.toThrow(NotExpressible);
    expect(existsSync(index)).toBe(false);
  });

  test("is not for sparse files whose parts do not lie on blocks, or that would make it large", async () => {
    const sparse = async (size: number, map: string, stored: number) => {
      const records = ["GNU.sparse.major=0", `GNU.sparse.size=${size}`, `GNU.sparse.map=${map}`]
        .map((text) => `${text.length + 4} ${text}\n`)
        .join("");
      const bytes = await tarBytes([file("PaxHeader", records), file("s", "x".repeat(stored))]);
      bytes[156] = "x".charCodeAt(0);
      writeFileSync(tar, withChecksum(bytes, 0));
    };
    for (const [size, map, stored] of [
      [10_000, "100,50", 50],
      [10_000, "0,600,2048,100", 700],
      [2 ** 40, "0,512", 512],
      [2 ** 50, "", 0],
    ] as const) {
      await sparse(size, map || "0,0", stored);
      await expect(make()).rejects.toThrow(NotExpressible);
    }
    await sparse(2 ** 40, `${2 ** 40 - 2 ** 22},512,${2 ** 40 - 512},512`, 1024);
    await expect(make()).rejects.toThrow(NotExpressible);
    await sparse(2 ** 30, `0,512,${2 ** 29},1024,${2 ** 30 - 512},512`, 2048);
    expect(await make()).toMatchObject({ size: 2 ** 30 });
    mountIndex(index, tar, target);
    expect(textAt(join(target, "s"), 2 ** 29 + 1023, 2)).toBe("x\0");
    expect(textAt(join(target, "s"), 2 ** 30 - 1, 1)).toBe("x");
  });

  test("of a hundred thousand files in one directory and as many directories is right", async () => {
    const many = function* (): Generator<TarInput> {
      for (let i = 0; i < 100_000; i++) yield { name: `files/${i * 7919}`, type: "file", mode: 0o644 };
      for (let i = 0; i < 100_000; i++) yield { name: `d/${i % 97}/${i}`, type: "directory", mode: 0o755 };
    };
    await Bun.write(tar, new Response(writeTar(many()) as unknown as ReadableStream));
    await make();
    mountIndex(index, tar, target);
    expect(readdirSync(join(target, "files")).length).toBe(100_000);
    expect(statSync(join(target, `files/${99_999 * 7919}`)).isFile()).toBe(true);
    expect(statSync(join(target, "d/96")).nlink).toBe(2 + readdirSync(join(target, "d/96")).length);
    expect(statfsSync(target).type).toBe(0xe0f5e1e2);
  });

  test("the same tar gives the same index", async () => {
    writeFileSync(tar, await tarBytes([directory("d"), file("d/f", "x"), symlink("l", "d")]));
    const { digest } = await make();
    index = join(scratch.path, "again");
    expect((await make()).digest).toBe(digest);
  });

  const fsck = Bun.which("fsck.erofs");
  test.skipIf(!fsck)("is clean to fsck.erofs", async () => {
    writeFileSync(
      tar,
      await tarBytes([
        directory("d"),
        file("d/f", "x".repeat(5000), { xattrs: new Map([["user.a", Buffer.alloc(700, "v")]]) }),
        file("d/.wh.gone"),
        file("o/.wh..wh..opq"),
        { name: "d/hard", type: "link", linkname: "d/f" },
        { name: "null", type: "char", major: 1, minor: 3 },
        ...[...Array(300).keys()].map((i) => symlink(`links/${i}`, "t".repeat(1 + 3 * i))),
      ]),
    );
    await make();
    const { code, stdout, stderr } = await runCommand([fsck as string, `--device=${tar}`, index]);
    // Releases before 1.6 know blocks of a page alone.
    if (!`${stdout}${stderr}`.includes("isn't supported on this platform")) {
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    }
  });
});
