/** I5: images go by registries and files between Berth and other tools, and stay what they were. */
import { expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  bothClis,
  directoryOf,
  hasSkopeo,
  noiseTar,
  putImage,
  skopeo,
  TestEngine,
  withRegistry,
} from "../harness/index.ts";

const engine = new TestEngine("i5r").use();

/** A scratch directory for one test. */
function scratch(): { path: string; [Symbol.dispose](): void } {
  const path = mkdtempSync(join(tmpdir(), "berth-e2e-i5r-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

withRegistry((registry) =>
  bothClis(engine, (cli) => {
    const repository = (name: string) => cli.image(name).slice(0, -":1".length);
    const isThere = async (name: string) => (await cli.run(["image", "inspect", name])).code === 0;

    /** Builds an image with a layer of its own and pushes it; returns what the registry calls it. */
    async function pushed(path: string): Promise<{ name: string; id: string; digest: string }> {
      using context = await directoryOf({
        Dockerfile: `FROM ${engine.base}\nCOPY cargo /cargo\nENV MARK=${path}\nCMD ["cat", "/cargo"]\n`,
        cargo: `cargo of ${path} ${"and more ".repeat(10_000)}\n`,
      });
      const name = registry.name(`${path}:1`);
      await cli.ok("build", "-t", name, context.path);
      const said = await cli.ok("push", name);
      const { digest } = await registry.manifest(path, "1");
      expect(said).toContain(`1: digest: ${digest}`);
      return { name, id: (await cli.inspectImage(name)).Id, digest };
    }

    test("push, remove, pull by digest, push elsewhere: the same digest", async () => {
      const [here, there] = [repository("from"), repository("to")];
      const { name, id, digest } = await pushed(here);
      await cli.ok("rmi", name);
      const pinned = `${registry.name(here)}@${digest}`;
      await cli.ok("pull", "-q", pinned);
      expect((await cli.inspectImage(pinned)).Id).toBe(id);
      await cli.ok("tag", pinned, registry.name(`${there}:1`));
      expect(await cli.ok("push", registry.name(`${there}:1`))).toContain(`digest: ${digest}`);
      expect((await registry.manifest(there, "1")).digest).toBe(digest);
    });

    test("save, remove, load, push: the same digest", async () => {
      using folder = scratch();
      const [here, there] = [repository("saved"), repository("loaded")];
      const { name, id, digest } = await pushed(here);
      const archive = join(folder.path, "x.tar");
      await cli.ok("save", "-o", archive, name);
      await cli.ok("rmi", name);
      expect(await isThere(id)).toBe(false);
      await cli.ok("load", "-i", archive);
      expect((await cli.inspectImage(name)).Id).toBe(id);
      await cli.ok("tag", name, registry.name(`${there}:1`));
      await cli.ok("push", "-q", registry.name(`${there}:1`));
      expect((await registry.manifest(there, "1")).digest).toBe(digest);
    });

    test("a push of what is there sends nothing again and says so", async () => {
      const { name, digest } = await pushed(repository("again"));
      const said = await cli.ok("push", name);
      expect(said).toContain("Layer already exists");
      expect(said).toContain(`digest: ${digest}`);
    });

    test("a push of what is not there", async () => {
      const name = registry.name(`${repository("nothing")}:1`);
      const { code, stderr } = await cli.run(["push", name]);
      expect(code).toBe(1);
      expect(stderr).toMatch(/does not exist locally|No such image/);
    });

    if (!engine.isOracle) {
      // Docker writes manifests anew; Berth keeps them.
      test("an image that others made keeps its manifest, layers and digest on the way through", async () => {
        using folder = scratch();
        const [here, there, later] = ["foreign", "passed", "passed-later"].map(repository) as [
          string,
          string,
          string,
        ];
        const put = await putImage(registry, here, { layers: [await noiseTar(300_000)], tag: "1" });
        const name = registry.name(`${here}:1`);
        await cli.ok("pull", "-q", name);
        await cli.ok("tag", name, registry.name(`${there}:1`));
        await cli.ok("push", "-q", registry.name(`${there}:1`));
        expect((await registry.manifest(there, "1")).digest).toBe(put.digest);

        const archive = join(folder.path, "x.tar");
        await cli.ok("save", "-o", archive, name);
        await cli.ok("rmi", name, registry.name(`${there}:1`));
        expect(await isThere(put.id)).toBe(false);
        await cli.ok("load", "-i", archive);
        expect((await cli.inspectImage(name)).Id).toBe(put.id);
        await cli.ok("tag", name, registry.name(`${later}:1`));
        await cli.ok("push", "-q", registry.name(`${later}:1`));
        const { json } = await registry.manifest(later, "1");
        expect(json.config.digest).toBe(put.id);
        expect(await cli.ok("run", "--rm", name, "stat", "-c", "%s", "/noise")).toBe("300000");
      });
    }

    if (hasSkopeo) {
      test("skopeo reads what was pushed", async () => {
        using folder = scratch();
        const path = repository("read");
        const { name, id, digest } = await pushed(path);
        const seen = JSON.parse(await skopeo("inspect", `docker://${name}`));
        expect(seen).toMatchObject({ Name: registry.name(path), Digest: digest, Os: "linux" });
        expect(seen.Env).toContain(`MARK=${path}`);
        await skopeo("copy", `docker://${name}`, `dir:${folder.path}/dir`);
        const manifest = JSON.parse(readFileSync(join(folder.path, "dir", "manifest.json"), "utf8"));
        expect(manifest.config.digest).toBe(id);
        // This one unpacks every layer and compares it with the digest that the settings name.
        await skopeo("copy", `docker://${name}`, `docker-archive:${folder.path}/x.tar:again:1`);
      });

      test("what skopeo pushed is pulled", async () => {
        using folder = scratch();
        const [here, there] = [repository("out"), repository("back")];
        const { name } = await pushed(here);
        const before = await cli.inspectImage(name);
        await skopeo("copy", `docker://${name}`, `oci:${folder.path}/layout:1`);
        await skopeo("copy", `oci:${folder.path}/layout:1`, `docker://${registry.name(`${there}:1`)}`);
        await cli.ok("rmi", name);
        const said = await cli.run(["run", "--rm", registry.name(`${there}:1`)]);
        expect(said.stdout).toStartWith(`cargo of ${here}`);
        // Between Docker's format and OCI's, skopeo writes the settings anew.
        const after = await cli.inspectImage(registry.name(`${there}:1`));
        expect(after.Id).toBe((await registry.manifest(there, "1")).json.config.digest);
        expect(after.RootFS).toEqual(before.RootFS);
        expect(after.Config.Env).toEqual(before.Config.Env);
      });

      test("archives of skopeo's load; skopeo copies what was saved to a registry", async () => {
        using folder = scratch();
        const [here, there] = [repository("archive"), repository("unarchived")];
        const { name, id } = await pushed(here);
        const saved = join(folder.path, "saved.tar");
        await cli.ok("save", "-o", saved, name);
        await cli.ok("rmi", name);
        // A daemon that keeps images its own way reads docker-archives only.
        for (const format of engine.isOracle ? ["docker-archive"] : ["docker-archive", "oci-archive"]) {
          const theirs = join(folder.path, `${format}.tar`);
          const loaded = `${cli.image(format).slice(0, -":1".length)}:theirs`;
          await skopeo("copy", `docker://${name}`, `${format}:${theirs}:${loaded}`);
          expect(await cli.ok("load", "-i", theirs)).toContain("Loaded image");
          expect((await cli.inspectImage(id)).Id).toBe(id);
          expect(await cli.ok("run", "--rm", id)).toStartWith(`cargo of ${here}`);
          await cli.ok("rmi", "-f", id);
          expect(await isThere(id)).toBe(false);

          const reference = format === "docker-archive" ? `:${name}` : "";
          const target = registry.name(`${there}:${format}`);
          await skopeo("copy", `${format}:${saved}${reference}`, `docker://${target}`);
          await cli.ok("pull", "-q", target);
          expect((await cli.inspectImage(target)).Id).toBe(id);
          await cli.ok("rmi", target);
        }
      });
    } else test.skip("not run: skopeo is not on this machine", () => {});
  }),
);
