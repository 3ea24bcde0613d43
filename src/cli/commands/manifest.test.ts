import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { MEDIA } from "../../spec/index.ts";
import { cliWith, json } from "../testing/cli.ts";

const digestOf = (text: string) => `sha256:${createHash("sha256").update(text).digest("hex")}`;
const descriptor = (mediaType: string) => ({ mediaType, size: 1, digest: digestOf(mediaType) });
const imageText = (mediaType: string, size: number) =>
  JSON.stringify({
    schemaVersion: 2,
    mediaType,
    config: { ...descriptor("c"), size },
    layers: [descriptor("l")],
  });

const AMD = imageText(MEDIA.dockerManifest, 1);
const ARM = imageText(MEDIA.dockerManifest, 2);
const OCI = imageText(MEDIA.ociManifest, 3);

/** An engine with a registry behind it: what is put there can be got again. */
async function registry() {
  const known = new Map<string, { type: string; text: string; arch?: string }>([
    ["r.test/a:amd", { type: MEDIA.dockerManifest, text: AMD, arch: "amd64" }],
    ["r.test/a:arm", { type: MEDIA.dockerManifest, text: ARM, arch: "arm64" }],
    ["r.test/a:oci", { type: MEDIA.ociManifest, text: OCI, arch: "amd64" }],
  ]);
  const put: string[] = [];
  const cli = await cliWith(async (method, path, query, request) => {
    const [, name = "", verb] = /^\/distribution\/(.*)\/(\w+)$/.exec(path) ?? [];
    if (method === "PUT") {
      const text = await request.text();
      put.push(`${name} from ${query.get("from")}`);
      const entry = { type: request.headers.get("content-type") ?? "", text };
      known.set(name, entry).set(name.replace(/[:@].*/, `@${digestOf(text)}`), entry);
      return json({ Digest: digestOf(text) }, 201);
    }
    const byDigest = /^(.*?)(?::\w+)?@(.*)$/.exec(name);
    const found =
      known.get(name) ??
      [...known.values()].find(({ text }) => byDigest !== null && digestOf(text) === byDigest[2]);
    if (!found) return json({ message: "manifest unknown" }, 404);
    if (verb === "json")
      return json({ Descriptor: {}, Platforms: [{ os: "linux", architecture: found.arch }] });
    const headers = { "Content-Type": found.type, "Docker-Content-Digest": digestOf(found.text) };
    return new Response(found.text, { headers });
  });
  return {
    put,
    known,
    directory: join(cli.directory, "manifests"),
    run: (...args: string[]) => cli.run("manifest", ...args),
    [Symbol.asyncDispose]: () => cli[Symbol.asyncDispose](),
  };
}

describe("manifest", () => {
  test("a list is made, completed, looked at, pushed and forgotten", async () => {
    await using berth = await registry();
    const done = (out: string) => ({ code: 0, err: "", out });
    expect(await berth.run("create", "r.test/list", "r.test/a:amd", "r.test/a:arm")).toEqual(
      done("Created manifest list r.test/list:latest\n"),
    );
    expect(readdirSync(join(berth.directory, "r.test_list-latest")).sort()).toEqual([
      "r.test_a-amd",
      "r.test_a-arm",
    ]);
    const annotate = [
      "annotate",
      "--os",
      "linux",
      "--arch",
      "arm64",
      "--variant",
      "v8",
      "--os-features",
      "a,b",
    ];
    expect(await berth.run(...annotate, "r.test/list", "r.test/a:arm")).toEqual(done(""));

    const local = JSON.parse((await berth.run("inspect", "r.test/list")).out);
    expect(local).toEqual({
      schemaVersion: 2,
      mediaType: MEDIA.dockerIndex,
      manifests: [
        {
          mediaType: MEDIA.dockerManifest,
          size: AMD.length,
          digest: digestOf(AMD),
          platform: { architecture: "amd64", os: "linux" },
        },
        {
          mediaType: MEDIA.dockerManifest,
          size: ARM.length,
          digest: digestOf(ARM),
          platform: { architecture: "arm64", os: "linux", "os.features": ["a", "b"], variant: "v8" },
        },
      ],
    });
    const { out } = await berth.run("push", "--purge", "r.test/list");
    expect(out.split("\n").slice(0, 2)).toEqual([
      `Pushed ref r.test/list@${digestOf(AMD)} with digest: ${digestOf(AMD)}`,
      `Pushed ref r.test/list@${digestOf(ARM)} with digest: ${digestOf(ARM)}`,
    ]);
    expect(berth.put).toEqual([
      `r.test/list@${digestOf(AMD)} from a`,
      `r.test/list@${digestOf(ARM)} from a`,
      "r.test/list:latest from null",
    ]);
    // What was shown is what the registry has.
    expect(JSON.parse(berth.known.get("r.test/list:latest")?.text ?? "")).toEqual(local);
    expect(existsSync(join(berth.directory, "r.test_list-latest"))).toBe(false);
    const verbose = JSON.parse((await berth.run("inspect", "-v", "r.test/list")).out);
    expect(verbose.map((image: { Ref: string }) => image.Ref)).toEqual([
      `r.test/list:latest@${digestOf(AMD)}`,
      `r.test/list:latest@${digestOf(ARM)}`,
    ]);
    expect(verbose[1].Descriptor.platform.variant).toBe("v8");
  });

  test("OCI manifests make an OCI index; what lies in the list's own repository is not sent again", async () => {
    await using berth = await registry();
    await berth.run("create", "r.test/a:all", "r.test/a:oci");
    expect(JSON.parse((await berth.run("inspect", "r.test/a:all")).out).mediaType).toBe(MEDIA.ociIndex);
    expect((await berth.run("push", "r.test/a:all")).code).toBe(0);
    expect(berth.put).toEqual(["r.test/a:all from null"]);
  });

  test("one image, in short and in full", async () => {
    await using berth = await registry();
    expect((await berth.run("inspect", "r.test/a:amd")).out).toBe(
      `${JSON.stringify(JSON.parse(AMD), null, "\t")}\n`,
    );
    expect(JSON.parse((await berth.run("inspect", "-v", "r.test/a:oci")).out)).toEqual({
      Ref: "r.test/a:oci",
      Descriptor: {
        mediaType: MEDIA.ociManifest,
        digest: digestOf(OCI),
        size: OCI.length,
        platform: { architecture: "amd64", os: "linux" },
      },
      Raw: Buffer.from(OCI).toString("base64"),
      OCIManifest: JSON.parse(OCI),
    });
  });

  test("what cannot be", async () => {
    await using berth = await registry();
    const refused = async (...args: string[]) => {
      const { code, out, err } = await berth.run(...args);
      expect({ code, out }).toEqual({ code: 1, out: "" });
      return err;
    };
    expect(await refused("inspect", "r.test/nope")).toBe("no such manifest: r.test/nope:latest\n");
    expect(await refused("create", "r.test/l", "r.test/a:amd", "r.test/nope")).toBe(
      "no such manifest: r.test/nope:latest\n",
    );
    expect(existsSync(berth.directory)).toBe(false);
    await berth.run("create", "r.test/l", "r.test/a:amd");
    expect(await refused("create", "r.test/l", "r.test/a:arm")).toBe(
      "refusing to amend an existing manifest list with no --amend flag\n",
    );
    expect((await berth.run("create", "--amend", "r.test/l", "r.test/a:arm")).code).toBe(0);
    await berth.run("push", "r.test/l");
    expect(await refused("create", "r.test/l2", "r.test/l")).toBe("r.test/l:latest is a manifest list\n");
    expect(await refused("annotate", "--arch", "bogus", "r.test/l", "r.test/a:amd")).toBe(
      "manifest entry for image has unsupported os/arch combination: linux/bogus\n",
    );
    expect(await refused("annotate", "r.test/l", "r.test/b")).toBe(
      "manifest for image r.test/b:latest does not exist in r.test/l:latest\n",
    );
    await berth.run("create", "other.test/l", "r.test/a:amd");
    expect(await refused("push", "other.test/l")).toBe(
      "cannot use source images from a different registry than the target image: r.test != other.test\n",
    );
    expect(await refused("push", "r.test/l9")).toBe("No such manifest: r.test/l9:latest\n");
    expect((await berth.run("rm", "r.test/l", "other.test/l")).code).toBe(0);
    expect(await refused("rm", "r.test/l", "UP")).toBe(
      "No such manifest: r.test/l:latest\ninvalid reference format: repository name (library/UP) must be lowercase\n",
    );
  });
});
