import { afterAll, describe, expect, test } from "bun:test";
import {
  chmodSync,
  closeSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand } from "../../process/index.ts";
import { toBytes } from "./bytes.ts";
import { entriesOf, tarOf } from "./test-support.ts";

const hasTar = Bun.which("tar") !== null;
const directory = mkdtempSync(join(tmpdir(), "berth-tar-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function tar(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runCommand(["tar", ...args], { timeoutMs: 20_000 });
  if (code !== 0) throw new Error(`tar ${args.join(" ")}: ${stderr}`);
  return stdout;
}

const long = `${"deep/".repeat(30)}${"n".repeat(90)}`;

function makeTree(root: string, withLong: boolean): void {
  mkdirSync(join(root, "d/e"), { recursive: true });
  writeFileSync(join(root, "d/file"), "content");
  chmodSync(join(root, "d/file"), 0o4755);
  linkSync(join(root, "d/file"), join(root, "d/hard"));
  symlinkSync("../d/file", join(root, "d/soft"));
  writeFileSync(Buffer.concat([Buffer.from(`${root}/raw-`), Buffer.from([0xff, 0xfe])]), "bytes");
  writeFileSync(join(root, "empty"), "");
  utimesSync(join(root, "empty"), 1_234_567_890, 1_234_567_890);
  if (!withLong) return;
  mkdirSync(join(root, "deep/".repeat(30)), { recursive: true });
  writeFileSync(join(root, long), "far");
  symlinkSync("t".repeat(200), join(root, "long-link"));
}

describe.skipIf(!hasTar)("archives of GNU tar", () => {
  for (const format of ["v7", "ustar", "gnu", "oldgnu", "pax", "posix"]) {
    test(`--format=${format}`, async () => {
      const root = join(directory, `in-${format}`);
      const extended = format !== "v7" && format !== "ustar";
      makeTree(root, extended);
      const file = join(directory, `${format}.tar`);
      await tar("--sort=name", `--format=${format}`, "-cf", file, "-C", root, ".");
      const entries = new Map(
        (await entriesOf(readFileSync(file), { strict: true })).map((entry) => [entry.name, entry]),
      );
      expect(entries.get(".")).toMatchObject({ type: "directory" });
      expect(entries.get("./d/file")).toMatchObject({ type: "file", mode: 0o4755, size: 7 });
      expect(entries.get("./d/file")?.content.toString()).toBe("content");
      expect(entries.get("./d/hard")).toMatchObject({ type: "link", linkname: "./d/file" });
      expect(entries.get("./d/soft")).toMatchObject({ type: "symlink", linkname: "../d/file" });
      expect(entries.get("./raw-\xff\xfe")?.content.toString()).toBe("bytes");
      expect(entries.get("./empty")?.mtime).toBe(1_234_567_890_000_000_000n);
      if (!extended) return;
      expect(entries.get(`./${long}`)?.content.toString()).toBe("far");
      expect(entries.get("./long-link")?.linkname).toBe("t".repeat(200));
      if (format === "pax" || format === "posix") {
        const { mtimeNs } = lstatSync(join(root, "d/file"), { bigint: true });
        expect(entries.get("./d/file")?.mtime).toBe(mtimeNs);
      }
    });
  }

  for (const args of [
    ["--format=gnu"],
    ["--format=pax", "--sparse-version=0.0"],
    ["--format=pax", "--sparse-version=0.1"],
    ["--format=pax", "--sparse-version=1.0"],
  ]) {
    test(`sparse files, ${args.join(" ")}`, async () => {
      const root = mkdtempSync(join(directory, "sparse-"));
      const fd = openSync(join(root, "holes"), "w");
      for (let i = 0; i < 40; i++) writeSync(fd, `part ${i}`, i * 65536);
      closeSync(fd);
      truncateSync(join(root, "holes"), 4_000_000);
      writeFileSync(join(root, "z-after"), "after");
      const file = join(root, "..", "sparse.tar");
      await tar("--sort=name", "--sparse", ...args, "-cf", file, "-C", root, "holes", "z-after");
      const [holes, after] = await entriesOf(readFileSync(file), { strict: true });
      expect(holes).toMatchObject({ name: "holes", size: 4_000_000 });
      expect(holes?.segments?.length).toBeGreaterThan(30);
      expect(holes?.content.equals(readFileSync(join(root, "holes")))).toBe(true);
      expect(after?.content.toString()).toBe("after");
      expect(readFileSync(file).byteLength).toBeLessThan(1_000_000);
    });
  }
});

describe.skipIf(!hasTar)("our archives in GNU tar", () => {
  test("are listed and unpacked as written", async () => {
    const out = mkdtempSync(join(directory, "out-"));
    const file = join(directory, "ours.tar");
    const bytes = await tarOf([
      { name: "d", type: "directory", mode: 0o1755, mtime: 1_000_000_000n },
      {
        name: "d/file",
        type: "file",
        mode: 0o2644,
        mtime: 1_500_000_000_123_456_789n,
        body: Buffer.from("hello"),
      },
      { name: "d/hard", type: "link", linkname: "d/file" },
      { name: "d/soft", type: "symlink", linkname: "/abs/olute", mode: 0o777 },
      { name: "pipe", type: "fifo", mode: 0o600 },
      { name: `l${"o".repeat(300)}ng/x`.replaceAll("oooooooooo", "ooooooooo/"), type: "file", mode: 0o600 },
      { name: "raw-\xff\xfe", type: "file", mode: 0o600, body: Buffer.from("bytes") },
      { name: "link", type: "symlink", linkname: "t".repeat(222) },
      {
        name: "many",
        type: "file",
        mode: 0o600,
        uid: 3_000_000_000,
        xattrs: new Map([["user.a", Buffer.from("v")]]),
      },
    ]);
    writeFileSync(file, bytes);
    const listing = await tar("--numeric-owner", "-tvf", file);
    expect(listing).toContain("3000000000/0");
    expect(listing).toContain("/abs/olute");
    await tar("--no-same-owner", "-xpf", file, "-C", out);
    expect(lstatSync(join(out, "d/file"), { bigint: true }).mtimeNs).toBe(1_500_000_000_123_456_789n);
    expect(lstatSync(join(out, "d")).mode & 0o7777).toBe(0o1755);
    expect(lstatSync(join(out, "d/hard")).ino).toBe(lstatSync(join(out, "d/file")).ino);
    expect(readlinkSync(join(out, "link"))).toBe("t".repeat(222));
    expect(lstatSync(join(out, "pipe")).isFIFO()).toBe(true);
    const names = readdirSync(out, { encoding: "buffer" }).map((name) => name.toString("latin1"));
    expect(names).toContain("raw-\xff\xfe");
    expect(readFileSync(Buffer.concat([Buffer.from(`${out}/`), toBytes("raw-\xff\xfe")])).toString()).toBe(
      "bytes",
    );
  });
});
