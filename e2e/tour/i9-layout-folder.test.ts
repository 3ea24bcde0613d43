/** I9: the folder of an OCI image layout, as other tools write it, is loaded as it is. */
import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, symlinkSync, unlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Cli,
  type FileRegistry,
  hostArchitecture,
  putImage,
  putIndex,
  TestEngine,
  withRegistry,
} from "../harness/index.ts";

const skopeo = Bun.which("skopeo");
const other = hostArchitecture === "arm64" ? "amd64" : "arm64";

/** A layout that skopeo makes of an image in a registry; `name` is what the layout calls it. */
function layoutOf(registry: FileRegistry, image: string, name: string) {
  const path = mkdtempSync(join(tmpdir(), "berth-e2e-i9-"));
  const flags = ["--insecure-policy", "copy", "-q", "--all", "--src-tls-verify=false"];
  const copy = Bun.spawnSync([
    skopeo as string,
    ...flags,
    `docker://${registry.name(image)}`,
    `oci:${path}:${name}`,
  ]);
  if (copy.exitCode !== 0) throw new Error(copy.stderr.toString());
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

const engine = new TestEngine("i9").use();

// Only Berth's own command line takes a folder.
describe.skipIf(!skopeo || engine.isOracle)("berth CLI", () =>
  withRegistry((registry) => {
    const cli: () => Cli = () => engine.cli("berth");
    const print = ["sh", "-c", "echo $WHICH"];
    const config = { Env: ["PATH=/bin", "WHICH=layout"] };

    test("an image of one platform: its id, its name, its digest", async () => {
      const { id, digest } = await putImage(registry, "one", { config, tag: "1" });
      using layout = layoutOf(registry, "one:1", "from/layout:1");
      expect(await cli().ok("load", "-i", layout.path)).toBe("Loaded image: from/layout:1");
      const image = await cli().inspectImage("from/layout:1");
      expect([image.Id, image.RepoDigests]).toEqual([id, [`from/layout@${digest}`]]);
      expect(await cli().ok("run", "--rm", "from/layout:1", ...print)).toBe("layout");
      // The same again is no work and no harm.
      expect(await cli().ok("image", "load", "--input", `${layout.path}/`)).toBe(
        "Loaded image: from/layout:1",
      );
    });

    test("an image of several platforms comes whole, and goes to a registry as it was", async () => {
      const parts = [
        await putImage(registry, "many", { config }),
        await putImage(registry, "many", { config: { Env: ["WHICH=other"] }, architecture: other }),
      ];
      const { digest } = await putIndex(registry, "many", "1", parts);
      using layout = layoutOf(registry, "many:1", "from/many:1");
      expect(await cli().ok("load", "-i", layout.path)).toBe("Loaded image: from/many:1");
      expect((await cli().inspectImage("from/many:1")).Id).toBe(parts[0]?.id ?? "");
      expect(await cli().ok("run", "--rm", "from/many:1", ...print)).toBe("layout");
      await cli().ok("tag", "from/many:1", registry.name("copy:1"));
      await cli().ok("push", registry.name("copy:1"));
      expect((await registry.manifest("copy", "1")).digest).toBe(digest);
    });

    test("--platform takes one of them", async () => {
      const image = await putImage(registry, "some", { config: { Env: ["X=1"] }, architecture: other });
      await putIndex(registry, "some", "1", [await putImage(registry, "some", { config }), image]);
      using layout = layoutOf(registry, "some:1", "from/some:1");
      await cli().ok("load", "--platform", `linux/${other}`, "-i", layout.path);
      expect((await cli().inspectImage("from/some:1")).Architecture).toBe(other);
    });

    test("links lead nowhere, and a damaged blob is refused", async () => {
      await putImage(registry, "bad", { config: { Env: ["Y=1"] }, tag: "1" });
      using layout = layoutOf(registry, "bad:1", "from/bad:1");
      const blobs = join(layout.path, "blobs", "sha256");
      // Not a layer: of one that is stored, the engine's own copy counts.
      const index = await Bun.file(join(layout.path, "index.json")).json();
      const manifest = join(blobs, index.manifests[0].digest.slice("sha256:".length));
      unlinkSync(manifest);
      await Bun.write(manifest, "{}");
      const damaged = await cli().run(["load", "-i", layout.path]);
      expect(damaged.code).toBe(1);
      expect(damaged.stderr).toMatch(/damaged|is no |is not /);
      unlinkSync(manifest);
      symlinkSync("/etc/hostname", manifest);
      const linked = await cli().run(["load", "-i", layout.path]);
      expect([linked.code, linked.stdout]).toEqual([1, ""]);
      expect(linked.stderr).toContain("is a symbolic link, which is not followed");
      expect((await cli().run(["image", "inspect", "from/bad:1"])).code).toBe(1);
    });

    test("an archive of many images is loaded as ever", async () => {
      using folder = layoutOf(registry, "one:1", "from/layout:1");
      for (const name of ["first", "second", "third"])
        await cli().ok("tag", "from/layout:1", `from/${name}:1`);
      const archive = join(folder.path, "many.tar");
      await cli().ok("save", "-o", archive, "from/first:1", "from/second:1", "from/third:1", "from/many:1");
      await cli().ok("rmi", "from/first:1", "from/second:1", "from/third:1", "from/many:1");
      expect((await cli().ok("load", "-i", archive)).split("\n").sort()).toEqual(
        ["first", "many", "second", "third"].map((name) => `Loaded image: from/${name}:1`),
      );
    });
  }),
);
