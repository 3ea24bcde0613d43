import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isFolder, openLayoutFolder } from "./layout-folder.ts";

const HEX = ["a".repeat(64), "b".repeat(64)] as const;
let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "berth-layout-"));
  mkdirSync(join(folder, "blobs", "sha256"), { recursive: true });
  writeFileSync(join(folder, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
  writeFileSync(join(folder, "index.json"), "{}");
  writeFileSync(join(folder, "blobs", "sha256", HEX[1]), "second");
  writeFileSync(join(folder, "blobs", "sha256", HEX[0]), Buffer.alloc(700_000, "first"));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function archiveOf(path: string): Promise<Buffer> {
  const { bytes, size } = openLayoutFolder(path);
  const pieces: Uint8Array[] = [];
  for await (const piece of bytes) pieces.push(piece);
  const archive = Buffer.concat(pieces);
  expect(archive.length).toBe(size);
  return archive;
}

function list(archive: Buffer): string[] {
  const tar = Bun.spawnSync(["tar", "-tf", "-"], { stdin: archive });
  expect(tar.stderr.toString()).toBe("");
  return tar.stdout.toString().trim().split("\n");
}

describe("openLayoutFolder", () => {
  test("sends the layout's own files and nothing else, always the same", async () => {
    const archive = await archiveOf(folder);
    writeFileSync(join(folder, "secret"), "mine");
    writeFileSync(join(folder, "blobs", "sha256", "notes.txt"), "mine");
    mkdirSync(join(folder, "blobs", "sha512"));
    symlinkSync("/etc", join(folder, "blobs", "more"));
    expect((await archiveOf(folder)).equals(archive)).toBe(true);
    expect(list(archive)).toEqual([
      "oci-layout",
      "index.json",
      `blobs/sha256/${HEX[0]}`,
      `blobs/sha256/${HEX[1]}`,
    ]);
    const out = Bun.spawnSync(["tar", "-xOf", "-", `blobs/sha256/${HEX[1]}`], { stdin: archive });
    expect(out.stdout.toString()).toBe("second");
  });

  test("the folder may be named by a link", async () => {
    const link = join(folder, "link");
    symlinkSync(folder, link);
    expect(isFolder(link)).toBe(true);
    expect(list(await archiveOf(link))).toHaveLength(4);
    expect(isFolder(join(folder, "nope"))).toBe(false);
  });

  test.each(["oci-layout", "index.json", `blobs/sha256/${HEX[0]}`, "blobs/sha256", "blobs"])(
    "%s is not followed where it is a link",
    (name) => {
      rmSync(join(folder, name), { recursive: true });
      symlinkSync(name === "blobs" ? "/etc" : "/etc/passwd", join(folder, name));
      const path = join(folder, name);
      expect(() => openLayoutFolder(folder)).toThrow(
        `${path} of the image layout is a symbolic link, which is not followed`,
      );
    },
  );

  test("a file that becomes a link after it was looked at is not followed either", async () => {
    const { bytes } = openLayoutFolder(folder);
    const path = join(folder, "blobs", "sha256", HEX[0]);
    rmSync(path);
    symlinkSync("/etc/passwd", path);
    const all = async () => {
      for await (const _ of bytes);
    };
    await expect(all()).rejects.toThrow(`cannot read ${path} for the image layout: `);
  });

  test("what is no layout is refused", () => {
    rmSync(join(folder, "oci-layout"));
    expect(() => openLayoutFolder(folder)).toThrow(
      `read ${folder}: is a directory, and no OCI image layout: that has oci-layout, index.json and blobs`,
    );
    mkdirSync(join(folder, "oci-layout"));
    expect(() => openLayoutFolder(folder)).toThrow("oci-layout of the image layout has the wrong type");
  });
});
