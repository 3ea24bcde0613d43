import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  appendFileSync,
  createReadStream,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { digestOf } from "../core/index.ts";
import { startProcess } from "../process/index.ts";
import { openTestRoom, type TestRooms } from "./image-room.test-helper.ts";
import { directory, file, isRoot, scratchDirectory, symlink, tarBytes } from "./test-support.ts";

let scratch: ReturnType<typeof scratchDirectory>;
let root: string;
let rooms: TestRooms;
beforeEach(async () => {
  scratch = scratchDirectory();
  root = join(scratch.path, "root");
  mkdirSync(root);
  rooms = await openTestRoom(root);
});
afterEach(async () => {
  for (const key of rooms.snapshots.list()) await rooms.snapshots.remove(key);
  rooms.state.close();
  scratch[Symbol.dispose]();
});

async function* once(bytes: Uint8Array) {
  yield bytes;
}
async function bytesOf(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const piece of pieces) parts.push(piece);
  return Buffer.concat(parts);
}
const base = () =>
  tarBytes([directory("bin"), file("bin/tool", "tool", { mode: 0o755 }), symlink("sbin", "bin")]);

describe.skipIf(!isRoot)("images on overlayfs", () => {
  test("import, change, keep the change as a layer, save, remove, load, see the same files", async () => {
    const { images, snapshots } = rooms;
    await images.importTar(once(await base()), { reference: "base" });
    const image = images.resolve("base");
    snapshots.create("c", image.layers);
    const mounted = snapshots.mount("c");
    rmSync(join(mounted, "bin/tool"));
    writeFileSync(join(mounted, "new"), "new");
    symlinkSync("new", join(mounted, "to-new"));
    const { diffId, size } = await images.addLayer(snapshots.layerTar("c"));
    expect(size).toBe("new".length + "new".length);
    const rootfs = { type: "layers" as const, diff_ids: [...image.layers, diffId] };
    const { id } = await images.commit(
      { ...image.config, rootfs },
      { tags: ["changed:1"], parent: image.id },
    );
    await snapshots.remove("c");
    const archive = await bytesOf(images.save(["changed:1"]));
    await images.remove("changed:1");
    await images.remove("base");
    expect([rooms.layers.list(), rooms.content.list()]).toEqual([[], []]);
    await images.load(once(archive), () => undefined);
    expect(images.resolve("changed:1").id).toBe(id);
    snapshots.create("again", images.resolve("changed:1").layers);
    const again = snapshots.mount("again");
    expect(readdirSync(again).sort()).toEqual(["bin", "new", "sbin", "to-new"]);
    expect(readdirSync(join(again, "bin"))).toEqual([]);
    expect(readFileSync(join(again, "to-new"), "utf8")).toBe("new");
  });

  test("a layer that cannot be unpacked leaves nothing", async () => {
    const hostile = await tarBytes([file("../../outside", "x")]);
    await expect(rooms.images.importTar(once(hostile), {})).rejects.toThrow(
      "leads outside of the root filesystem",
    );
    expect([rooms.layers.list(), rooms.content.list()]).toEqual([[], []]);
    expect(readdirSync(join(root, "layers/ingest"))).toEqual([]);
    expect(readdirSync(join(root, "content/ingest"))).toEqual([]);
  });

  test("a kill at any moment leaves whole images or none, and no litter", async () => {
    const texts = ["a", "b", "c"].map((letter) => letter.repeat(300_000));
    const layers = await Promise.all(
      texts.map((text) => tarBytes([...Array(20).keys()].map((i) => file(`${text[0]}${i}`, text)))),
    );
    const config = Buffer.from(
      JSON.stringify({
        os: "linux",
        architecture: "amd64",
        rootfs: { type: "layers", diff_ids: layers.map(digestOf) },
      }),
    );
    const manifest = [
      { Config: "c.json", RepoTags: ["k:1"], Layers: layers.map((_, i) => `${i}/layer.tar`) },
    ];
    const archive = join(scratch.path, "k.tar");
    writeFileSync(
      archive,
      await tarBytes([
        ...layers.map((body, i) => ({ name: `${i}/layer.tar`, type: "file" as const, body })),
        { name: "c.json", type: "file", body: config },
        file("manifest.json", JSON.stringify(manifest)),
      ]),
    );
    const work = join(scratch.path, "killed");
    mkdirSync(work);
    const helper = join(import.meta.dir, "load-and-remove.test-helper.ts");
    for (let round = 0; round < 8; round++) {
      const child = startProcess([process.execPath, helper, work, archive], {
        stdin: "ignore",
        stdout: "pipe",
        stderr: "ignore",
      });
      // Wait until it works, then a moment that differs each time.
      const reader = (child.stdout as ReadableStream<Uint8Array>).getReader();
      await reader.read();
      await Bun.sleep(17 * round + Math.random() * 40);
      child.kill("SIGKILL");
      await child.exited;
      const { state, content, layers: stored, images } = await openTestRoom(work);
      for (const place of ["content/ingest", "layers/ingest"]) {
        expect(readdirSync(join(work, place))).toEqual([]);
      }
      const kept = images.list({ all: true });
      expect(kept.length).toBeLessThanOrEqual(1);
      const wanted = kept.flatMap(({ Id }) => [Id, ...images.resolve(Id).layers]);
      expect(content.list() as string[]).toEqual(wanted.sort());
      for (const diffId of stored.list()) {
        expect(wanted).toContain(diffId);
        expect(readdirSync(stored.directory(diffId))).toHaveLength(20);
        expect(stored.size(diffId)).toBe(20 * 300_000);
      }
      await images.collect();
      state.close();
    }
  }, 60_000);

  const fixture = join(import.meta.dir, "../../e2e/fixtures/saved-by-docker-28.tar.gz");
  test("an archive that Docker saved", async () => {
    const said: string[] = [];
    await rooms.images.load(createReadStream(fixture), ({ stream }) => stream && said.push(stream));
    expect(said.join("")).toStartWith("Loaded image");
    const [image] = rooms.images.list();
    const { layers } = rooms.images.resolve(image?.Id ?? "");
    rooms.snapshots.create("c", layers, { mountPoints: true });
    const mounted = rooms.snapshots.mount("c");
    expect(lstatSync(join(mounted, "proc")).isDirectory()).toBe(true);
    appendFileSync(join(mounted, "written"), "x");
    expect(await rooms.snapshots.changes("c")).toEqual([{ path: "/written", kind: 1 }]);
  });
});
