/** I5: an image of several platforms: the right one is chosen, or the one that is asked for. */
import { beforeAll, expect, test } from "bun:test";
import {
  bothClis,
  hasSkopeo,
  hostArchitecture,
  MEDIA,
  putImage,
  putIndex,
  skopeo,
  TestEngine,
  withRegistry,
} from "../harness/index.ts";

const engine = new TestEngine("i5p").use();
const foreign = hostArchitecture === "arm64" ? "amd64" : "arm64";

withRegistry((registry) =>
  bothClis(engine, (cli) => {
    const path = cli.image("many").slice(0, -":1".length);
    const name = () => registry.name(`${path}:1`);
    const parts = new Map<string, Awaited<ReturnType<typeof putImage>>>();

    beforeAll(async () => {
      const wanted = [
        { key: "s390x", architecture: "s390x" },
        { key: foreign, architecture: foreign },
        { key: "arm/v6", architecture: "arm", variant: "v6" },
        { key: "arm/v7", architecture: "arm", variant: "v7" },
        { key: hostArchitecture, architecture: hostArchitecture },
      ];
      for (const { key, ...platform } of wanted) {
        const config = { Env: ["PATH=/bin", `PLATFORM=${key}`] };
        parts.set(key, await putImage(registry, path, { config, ...platform }));
      }
      await putIndex(registry, path, "1", [...parts.values()]);
    }, 60_000);

    const pulled = async (...flags: string[]) => {
      await cli.ok("pull", "-q", ...flags, name());
      return await cli.inspectImage(name());
    };

    test("the machine's own is pulled and run", async () => {
      const image = await pulled();
      expect(image).toMatchObject({ Id: parts.get(hostArchitecture)?.id, Architecture: hostArchitecture });
      expect(await cli.ok("run", "--rm", name(), "sh", "-c", "echo $PLATFORM")).toBe(hostArchitecture);
      const { digest } = await registry.manifest(path, "1");
      expect(image.RepoDigests).toContain(`${registry.name(path)}@${digest}`);
      await cli.ok("rmi", name());
    });

    test("--platform chooses another one, variant included", async () => {
      const other = await pulled("--platform", `linux/${foreign}`);
      expect(other).toMatchObject({ Id: parts.get(foreign)?.id, Os: "linux", Architecture: foreign });
      await cli.ok("rmi", name());
      for (const variant of ["v6", "v7"]) {
        const { Id } = await pulled("--platform", `linux/arm/${variant}`);
        expect(Id).toBe(parts.get(`arm/${variant}`)?.id as string);
        await cli.ok("rmi", name());
      }
    });

    test("by the digest of the index, and by that of one platform", async () => {
      const { digest } = await registry.manifest(path, "1");
      const whole = `${registry.name(path)}@${digest}`;
      await cli.ok("pull", "-q", whole);
      expect((await cli.inspectImage(whole)).Id).toBe(parts.get(hostArchitecture)?.id as string);
      await cli.ok("rmi", whole);
      const one = `${registry.name(path)}@${parts.get("s390x")?.digest}`;
      await cli.ok("pull", "-q", "--platform", "linux/s390x", one);
      expect((await cli.inspectImage(one)).Architecture).toBe("s390x");
      await cli.ok("rmi", one);
    });

    test("run --platform pulls that one; a platform that is not there is named", async () => {
      const made = cli.unique("foreign");
      await cli.ok("create", "--name", made, "--platform", `linux/${foreign}`, name());
      expect((await cli.inspect(made)).Image).toBe(parts.get(foreign)?.id as string);
      await cli.ok("rm", made);
      await cli.ok("rmi", name());
      const missing = await cli.run(["pull", "--platform", "linux/riscv64", name()]);
      expect(missing.code).toBe(1);
      expect(missing.stderr).toContain("no matching manifest for linux/riscv64");
      const nonsense = await cli.run(["pull", "--platform", "a/b/c/d", name()]);
      expect(nonsense.code).toBe(1);
      expect((await cli.run(["image", "inspect", name()])).code).toBe(1);
    });

    test("an index in Docker's older form, and one that has what is no image beside", async () => {
      const host = parts.get(hostArchitecture);
      const other = parts.get(foreign);
      if (!host || !other) throw new Error("the parts are put before");
      const manifests = [other, host].map(({ digest, size, platform }) => ({
        ...{ mediaType: MEDIA.manifest, digest, size, platform },
      }));
      const list = { schemaVersion: 2, mediaType: MEDIA.dockerList, manifests };
      await registry.putManifest(path, "older", MEDIA.dockerList, list);
      // BuildKit puts attestations into an index, under a platform that no machine has.
      const attestation = { ...other, platform: { os: "unknown", architecture: "unknown" } };
      await putIndex(registry, path, "attested", [attestation, host]);
      for (const tag of ["older", "attested"]) {
        const tagged = registry.name(`${path}:${tag}`);
        await cli.ok("pull", "-q", tagged);
        expect((await cli.inspectImage(tagged)).Id).toBe(host.id);
        await cli.ok("rmi", tagged);
      }
    });

    test("without one for this machine nothing is pulled", async () => {
      const s390x = parts.get("s390x");
      if (!s390x) throw new Error("the parts are put before");
      await putIndex(registry, path, "elsewhere", [s390x]);
      const { code, stderr } = await cli.run(["pull", registry.name(`${path}:elsewhere`)]);
      expect(code).toBe(1);
      expect(stderr).toContain(`no matching manifest for linux/${hostArchitecture}`);
    });

    if (hasSkopeo) {
      test("an index that skopeo copied is the same one", async () => {
        const copy = registry.name(`${path}-copy:1`);
        await skopeo("copy", "--all", `docker://${name()}`, `docker://${copy}`);
        const { digest } = await registry.manifest(path, "1");
        expect((await registry.manifest(`${path}-copy`, "1")).digest).toBe(digest);
        expect(await cli.ok("pull", copy)).toContain(`Digest: ${digest}`);
        expect((await cli.inspectImage(copy)).Architecture).toBe(hostArchitecture);
      });
    }
  }),
);
