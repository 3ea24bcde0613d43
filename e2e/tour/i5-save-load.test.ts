/** I5: images travel as files: save and load give the same image; export and import the bare filesystem. */
import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bothClis, directoryOf, TestEngine, tarOf } from "../harness/index.ts";

const engine = new TestEngine("i5").use();
/** A real Docker daemon beside the engine, where there is one. */
const peer = engine.isOracle ? undefined : process.env.PEER_DOCKER_HOST;

/** A scratch directory for one test. */
function scratch(): { path: string; [Symbol.dispose](): void } {
  const path = mkdtempSync(join(tmpdir(), "berth-e2e-i5-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

const sha256 = (bytes: Uint8Array | string) => createHash("sha256").update(bytes).digest("hex");
const fileBytes = async (path: string) => new Uint8Array(await Bun.file(path).arrayBuffer());

bothClis(engine, (cli) => {
  const image = cli.image("travel");
  const print = (name: string) => cli.ok("run", "--rm", name);

  async function build(name: string, dockerfile: string) {
    using context = await directoryOf({ Dockerfile: `FROM ${engine.base}\n${dockerfile}` });
    await cli.ok("build", "-t", name, context.path);
    return cli.inspectImage(name);
  }

  test("save -o, remove, load -i: the same id, layers, settings and name", async () => {
    using folder = scratch();
    const before = await build(
      image,
      'RUN echo cargo > /cargo\nENV A=b\nLABEL l=m\nUSER app\nCMD ["cat", "/cargo"]\n',
    );
    const archive = join(folder.path, "x.tar");
    await cli.ok("save", "-o", archive, image);
    await cli.ok("rmi", image);
    expect((await cli.run(["image", "inspect", image])).code).toBe(1);
    expect(await cli.ok("load", "-i", archive)).toContain(`Loaded image: ${image}`);
    const after = await cli.inspectImage(image);
    expect(after.Id).toBe(before.Id);
    expect(after.RootFS).toEqual(before.RootFS);
    expect(after.Config).toEqual(before.Config);
    expect(after.Created).toBe(before.Created);
    expect(await print(image)).toBe("cargo");
  });

  test("save to standard output, load from standard input, compressed too", async () => {
    const saved = new Uint8Array(await new Response(cli.spawn(["save", image]).stdout).arrayBuffer());
    const { Id } = await cli.inspectImage(image);
    // A Docker daemon calls programs for these two, which need not be where it is.
    const programs = ["bzip2", "xz"].filter((program) => !engine.isOracle && Bun.which(program));
    const byPrograms = programs.map((program) => Bun.spawnSync([program, "-c"], { stdin: saved }).stdout);
    for (const bytes of [saved, Bun.gzipSync(saved), Bun.zstdCompressSync(saved), ...byPrograms]) {
      await cli.ok("rmi", image);
      const { code, stderr } = await cli.run(["load"], { stdin: new Uint8Array(bytes) });
      expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
      expect((await cli.inspectImage(image)).Id).toBe(Id);
    }
  });

  test("the archive is both a docker-archive and an OCI layout, and every digest in it is true", async () => {
    using folder = scratch();
    await cli.ok("save", "-o", join(folder.path, "x.tar"), image);
    const root = join(folder.path, "unpacked");
    mkdirSync(root);
    await Bun.spawn(["tar", "-xf", "../x.tar"], { cwd: root }).exited;
    const json = async (path: string) => JSON.parse(await Bun.file(join(root, path)).text());
    const { Id, RootFS } = await cli.inspectImage(image);

    const [entry] = await json("manifest.json");
    expect(entry.RepoTags).toEqual([image]);
    expect(`sha256:${sha256(await fileBytes(join(root, entry.Config)))}`).toBe(Id);
    const layers = await Promise.all(entry.Layers.map((layer: string) => fileBytes(join(root, layer))));
    expect(layers.map((bytes) => `sha256:${sha256(bytes)}`)).toEqual([...RootFS.Layers]);

    expect((await json("oci-layout")).imageLayoutVersion).toBe("1.0.0");
    for (const blob of readdirSync(join(root, "blobs", "sha256"))) {
      expect(sha256(await fileBytes(join(root, "blobs", "sha256", blob)))).toBe(blob);
    }
    const blobOf = (digest: string) => json(join("blobs", "sha256", digest.slice("sha256:".length)));
    const [descriptor] = (await json("index.json")).manifests;
    const manifest = await blobOf(descriptor.digest);
    expect(manifest.config.digest).toBe(Id);
    expect(manifest.layers.length).toBe(RootFS.Layers.length);
  });

  test("several images in one archive share their layers", async () => {
    using folder = scratch();
    const [one, two] = [cli.image("several:one"), cli.image("several:two")];
    const shared = "RUN head -c 3000000 /dev/urandom > /big\n";
    await build(one, `${shared}CMD ["echo", "one"]\n`);
    await build(two, `${shared}CMD ["echo", "two"]\n`);
    const archive = join(folder.path, "two.tar");
    await cli.ok("save", "-o", archive, one, two);
    expect(Bun.file(archive).size).toBeLessThan(3_000_000 + 3_000_000 + 1_000_000);
    await cli.ok("rmi", one, two);
    const said = await cli.ok("load", "-i", archive);
    for (const name of [one, two]) expect(said).toContain(`Loaded image: ${name}`);
    expect([await print(one), await print(two)]).toEqual(["one", "two"]);
  });

  test("an archive of the older layout (a folder per layer) loads", async () => {
    using rootfs = await directoryOf({ note: "from an old archive\n" });
    const layer = await tarOf(rootfs.path);
    const config = JSON.stringify({
      architecture: process.arch === "x64" ? "amd64" : process.arch,
      os: "linux",
      config: { Env: ["OLD=1"] },
      created: "2001-02-03T04:05:06Z",
      history: [{ created: "2001-02-03T04:05:06Z", created_by: "made by hand" }],
      rootfs: { type: "layers", diff_ids: [`sha256:${sha256(layer)}`] },
    });
    const name = cli.image("old");
    const configName = `${sha256(config)}.json`;
    const layerName = `${sha256("layer")}/layer.tar`;
    using archive = await directoryOf({
      "manifest.json": JSON.stringify([{ Config: configName, RepoTags: [name], Layers: [layerName] }]),
      [configName]: config,
      [layerName]: layer,
    });
    const { code } = await cli.run(["load"], { stdin: await tarOf(archive.path) });
    expect(code).toBe(0);
    const loaded = await cli.inspectImage(name);
    expect(loaded).toMatchObject({ Id: `sha256:${sha256(config)}`, Created: "2001-02-03T04:05:06Z" });
    expect(loaded.Config.Env).toEqual(["OLD=1"]);
  });

  test("an archive without a name loads by its id", async () => {
    using folder = scratch();
    const { Id } = await cli.inspectImage(image);
    const archive = join(folder.path, "id.tar");
    await cli.ok("save", "-o", archive, Id);
    await cli.ok("rmi", image);
    expect(await cli.ok("load", "-i", archive)).toContain(`Loaded image ID: ${Id}`);
    await cli.ok("tag", Id, image);
    expect(await print(image)).toBe("cargo");
  });

  test("export and import: a container's filesystem as one layer", async () => {
    using folder = scratch();
    const name = cli.unique("exported");
    await cli.ok(
      "run",
      "--name",
      name,
      engine.base,
      "sh",
      "-c",
      "echo written > /written; rm /bin/zcat; mkdir -m 700 /private",
    );
    const archive = join(folder.path, "fs.tar");
    await cli.ok("export", "-o", archive, name);
    const listing = Bun.spawnSync(["tar", "-tf", archive]).stdout.toString().split("\n");
    expect(listing).toContain("written");
    expect(listing).not.toContain("bin/zcat");

    const imported = cli.image("imported");
    const id = await cli.ok(
      "import",
      "-c",
      'CMD ["cat", "/written"]',
      "-c",
      "ENV X=y",
      "-m",
      "brought in",
      archive,
      imported,
    );
    expect(id).toMatch(/^sha256:[0-9a-f]{64}$/);
    const { Id, Config, RootFS } = await cli.inspectImage(imported);
    expect(Id).toBe(id);
    expect(RootFS.Layers.length).toBe(1);
    expect(Config.Env).toEqual(["X=y"]);
    expect(await print(imported)).toBe("written");
    expect(await cli.ok("run", "--rm", imported, "stat", "-c", "%a", "/private")).toBe("700");
    expect((await cli.ok("history", "--format", "{{.Comment}}", imported)).trim()).toContain("brought in");

    const piped = await cli.run(["import", "-", cli.image("piped")], { stdin: await fileBytes(archive) });
    expect(piped.code).toBe(0);
    await cli.ok("rm", name);
  });

  test("a damaged archive is refused, and nothing of it stays", async () => {
    using folder = scratch();
    const before = await cli.ok("images", "-a", "-q", "--no-trunc");
    await Bun.write(join(folder.path, "bad.tar"), "this is no archive at all, but some text".repeat(50));
    const bad = await cli.run(["load", "-i", join(folder.path, "bad.tar")]);
    expect(bad.code).toBe(1);
    expect(bad.stderr.trim()).not.toBe("");
    if (!engine.isOracle) expect(await cli.ok("images", "-a", "-q", "--no-trunc")).toBe(before);
  });

  test("what is not there cannot be saved, and no file is left", async () => {
    using folder = scratch();
    const archive = join(folder.path, "x.tar");
    const { code, stderr } = await cli.run(["save", "-o", archive, "no-such-image"]);
    expect(code).toBe(1);
    expect(stderr).toContain("no-such-image");
    expect(existsSync(archive)).toBe(false);
  });

  test("an archive that Docker made loads with Docker's own id", async () => {
    const archive = join(import.meta.dir, "..", "fixtures", "saved-by-docker-28.tar.gz");
    expect(await cli.ok("load", "-i", archive)).toContain("Loaded image: berth-fixture:1");
    const { Id, Config } = await cli.inspectImage("berth-fixture:1");
    expect(Id).toBe("sha256:6732ee1347ae4d09e5146aa8ed5fc856221fff10b804769671e12251814f6799");
    expect(Config).toMatchObject({
      Env: expect.arrayContaining(["MADE_BY=docker"]),
      Labels: { fixture: "yes" },
    });
    await cli.ok("rmi", "berth-fixture:1");
  });

  if (peer !== undefined && cli.name === "docker") {
    test("a Docker daemon reads what was saved here, and finds the same image", async () => {
      using folder = scratch();
      const archive = join(folder.path, "x.tar");
      await cli.ok("save", "-o", archive, image);
      await cli.ok("-H", peer, "load", "-i", archive);
      const theirs = await cli.ok(
        "-H",
        peer,
        "image",
        "inspect",
        "-f",
        "{{.Id}} {{json .RootFS.Layers}}",
        image,
      );
      const ran = await cli.ok("-H", peer, "run", "--rm", image);
      await cli.ok("-H", peer, "rmi", image);
      const { Id, RootFS } = await cli.inspectImage(image);
      expect({ theirs, ran }).toEqual({ theirs: `${Id} ${JSON.stringify(RootFS.Layers)}`, ran: "cargo" });
    });
  }
});
