/** I4: a name with a digest means exactly those bytes, now and in a year. */
import { expect, test } from "bun:test";
import {
  bothClis,
  directoryOf,
  noiseTar,
  putImage,
  startFaultyProxy,
  TestEngine,
  withRegistry,
} from "../harness/index.ts";

const engine = new TestEngine("i4").use();

/** The same bytes but for one bit in the middle. */
function withOtherByte(bytes: Uint8Array): Uint8Array {
  const changed = bytes.slice();
  const at = Math.floor(bytes.length / 2);
  changed[at] = (changed[at] as number) ^ 1;
  return changed;
}

withRegistry((registry) =>
  bothClis(engine, (cli) => {
    const path = cli.image("pinned").slice(0, -":1".length);
    const put = (mark: string, tag = "1") =>
      putImage(registry, path, { config: { Env: ["PATH=/bin", `MARK=${mark}`] }, tag });
    const print = ["sh", "-c", "echo $MARK"];

    test("run NAME@sha256 runs that image, whatever the tag means meanwhile", async () => {
      const pinned = await put("pinned");
      await put("moved on");
      const name = `${registry.name(path)}@${pinned.digest}`;
      const { code, stdout } = await cli.run(["run", "--rm", name, ...print]);
      expect({ code, stdout }).toEqual({ code: 0, stdout: "pinned\n" });
      expect((await cli.inspectImage(name)).Id).toBe(pinned.id);
      expect(await cli.ok("run", "--rm", "--pull", "never", name, ...print)).toBe("pinned");
      const tagged = await cli.run(["run", "--rm", registry.name(`${path}:1`), ...print]);
      expect(tagged.stdout).toBe("moved on\n");
      // A tag before the digest is decoration.
      const both = `${registry.name(path)}:1@${pinned.digest}`;
      expect((await cli.run(["run", "--rm", both, ...print])).stdout).toBe("pinned\n");
    });

    test("FROM name@sha256 builds on that image", async () => {
      const pinned = await put("ground");
      await put("moved on");
      const from = `${registry.name(path)}@${pinned.digest}`;
      using context = await directoryOf({ Dockerfile: `FROM ${from}\nRUN echo $MARK > /mark\n` });
      const image = cli.image("built");
      await cli.ok("build", "-t", image, context.path);
      expect(await cli.ok("run", "--rm", image, "cat", "/mark")).toBe("ground");
      const [ground] = (await cli.inspectImage(from)).RootFS.Layers;
      expect((await cli.inspectImage(image)).RootFS.Layers[0]).toBe(ground as string);
    });

    test("a digest that the registry does not have", async () => {
      const name = `${registry.name(path)}@sha256:${"0".repeat(64)}`;
      const { code, stderr } = await cli.run(["run", "--rm", name, "true"]);
      expect(code).toBe(125);
      expect(stderr).toMatch(/manifest unknown|not found/);
    });

    test("a changed byte is refused, in the manifest, the settings or a layer, and nothing of it stays", async () => {
      const { digest, id } = await putImage(registry, path, {
        layers: [await noiseTar(200_000)],
        config: { Env: ["PATH=/bin", "MARK=unchanged"] },
      });
      const layer = (await registry.manifest(path, digest)).json.layers.at(-1);
      for (const target of [`/manifests/${digest}`, `/blobs/${id}`, `/blobs/${layer.digest}`]) {
        await using proxy = await startFaultyProxy(registry);
        proxy.fault = ({ method, path }) =>
          method === "GET" && path.endsWith(target) ? { kind: "change", body: withOtherByte } : undefined;
        const name = `${proxy.host}/${path}@${digest}`;
        const { code, stdout, stderr } = await cli.run(["run", "--rm", name, ...print]);
        expect({ target, code, stdout }).toEqual({ target, code: 125, stdout: "" });
        expect(stderr.trim()).not.toBe("");
        expect((await cli.run(["image", "inspect", name])).code).toBe(1);
      }
      const { stdout } = await cli.run(["run", "--rm", `${registry.name(path)}@${digest}`, ...print]);
      expect(stdout).toBe("unchanged\n");
    });
  }),
);
