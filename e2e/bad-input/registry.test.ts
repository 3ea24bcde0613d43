/** Registries that lie, break off or answer with something else: one line that says so, and nothing half-made stays. */
import { beforeAll, expect, test } from "bun:test";
import { leavesNothing } from "../harness/data-root.ts";
import {
  bothClis,
  digestOf,
  type Fault,
  type FaultyProxy,
  hostArchitecture,
  MEDIA,
  noiseTar,
  putImage,
  putIndex,
  startFaultyProxy,
  TestEngine,
  withRegistry,
} from "../harness/index.ts";

const engine = new TestEngine("bad-registry").use();
/** Progress and hints, which are not the error. */
const NOT_THE_ERROR = /^(Using default tag|Unable to find image|Usage: |(Run|See) '.*--help')/;

/** The same bytes but for one bit in the middle. */
function withOtherByte(bytes: Uint8Array): Uint8Array {
  const changed = bytes.slice();
  const at = Math.floor(bytes.length / 2);
  changed[at] = (changed[at] as number) ^ 1;
  return changed;
}

withRegistry((registry) =>
  bothClis(engine, (cli) => {
    const path = cli.image("victim").slice(0, -":1".length);
    let image: Awaited<ReturnType<typeof putImage>>;
    let layer: string;

    beforeAll(async () => {
      // With the base image's layer, which is there already, and one that is not.
      image = await putImage(registry, path, { layers: [await noiseTar(500_000)], tag: "1" });
      layer = (await registry.manifest(path, "1")).json.layers.at(-1).digest;
    });

    /** Runs what must fail with status 1; checks that no trace stays; returns the one line of the error. */
    async function refused(...args: string[]): Promise<string> {
      let said = "";
      const attempt = async () => {
        const { code, stderr } = await cli.run(args, { timeout: 110_000 });
        expect({ code, stderr: code === 1 ? "" : stderr }).toEqual({ code: 1, stderr: "" });
        said = stderr;
      };
      if (engine.isOracle) await attempt();
      else await leavesNothing(engine.record, attempt);
      const lines = said.split("\n").filter((line) => line.trim() !== "" && !NOT_THE_ERROR.test(line));
      expect(lines.length).toBe(1);
      // Docker puts what a wrong registry said into the error as it came.
      if (!engine.isOracle) expect(lines.join("").length).toBeLessThan(600);
      return lines.join("");
    }

    /** Pulls through a proxy that does requests wrong; returns the error. */
    async function pullBy(fault: FaultyProxy["fault"], reference = ":1"): Promise<string> {
      await using proxy = await startFaultyProxy(registry);
      proxy.fault = fault;
      const name = `${proxy.host}/${path}${reference}`;
      const said = await refused("pull", "-q", name);
      expect((await cli.run(["image", "inspect", name])).code).toBe(1);
      return said;
    }
    const get =
      (part: string, fault: Fault): FaultyProxy["fault"] =>
      (request) =>
        request.method === "GET" && request.path.includes(part) ? fault : undefined;
    /** Puts a manifest of this shape by hand and pulls it; returns the error. */
    async function pullOf(tag: string, mediaType: string, manifest: object): Promise<string> {
      await registry.putManifest(path, tag, mediaType, manifest);
      const name = registry.name(`${path}:${tag}`);
      const said = await refused("pull", "-q", name);
      expect((await cli.run(["image", "inspect", name])).code).toBe(1);
      return said;
    }

    test("another manifest than the digest says", async () => {
      const changed = get("/manifests/", { kind: "change", body: withOtherByte });
      expect(await pullBy(changed, `@${image.digest}`)).toMatch(/digest|verification/i);
    });

    test("settings or a layer with another digest", async () => {
      const changed: Fault = { kind: "change", body: withOtherByte };
      expect(await pullBy(get(image.id, changed))).toMatch(/digest|verification|invalid/i);
      expect(await pullBy(get(layer, changed))).toMatch(/digest|verification|invalid|damaged/i);
    });

    test("a layer shorter or longer than it should be", async () => {
      const shorter: Fault = { kind: "change", body: (bytes) => bytes.subarray(0, bytes.length - 1000) };
      expect(await pullBy(get(layer, shorter))).not.toBe("");
      const longer: Fault = { kind: "change", body: (bytes) => Buffer.concat([bytes, Buffer.alloc(1000)]) };
      expect(await pullBy(get(layer, longer))).not.toBe("");
    }, 180_000);

    test("a layer that is no gzip, is damaged gzip, or holds other bytes than the settings say", async () => {
      const { json } = await registry.manifest(path, "1");
      const whole = await registry.blob(path, layer);
      const damaged = whole.slice();
      damaged.fill(0x55, 1000, 1200);
      const layers = {
        text: new TextEncoder().encode("this is no archive at all, but some text. ".repeat(100)),
        damaged,
        cut: whole.slice(0, 200_000),
        other: Bun.gzipSync(await noiseTar(1000, "other")),
      };
      for (const [tag, bytes] of Object.entries(layers)) {
        const put = await registry.putBlob(path, bytes, MEDIA.layer);
        const manifest = { ...json, layers: [json.layers[0], put] };
        expect(await pullOf(`layer-${tag}`, MEDIA.manifest, manifest)).not.toBe("");
      }
    });

    test("a layer whose files would leave the image's root", async () => {
      const evil = Bun.spawnSync(["tar", "-P", "--transform", "s,^,../../../,", "-cf", "-", "passwd"], {
        cwd: "/etc",
      }).stdout;
      const tar = new Uint8Array(evil);
      const put = await putImage(registry, `${path}-evil`, { layers: [tar], tag: "1" });
      const name = registry.name(`${path}-evil:1`);
      // Refused, or kept inside of the root: both are well.
      const pulled = await cli.run(["pull", "-q", name]);
      if (pulled.code === 0) {
        expect(await cli.ok("run", "--rm", name, "sh", "-c", "ls /..")).toContain("bin");
        await cli.ok("rmi", name);
      }
      expect((await cli.run(["image", "inspect", put.id])).code).toBe(1);
    });

    test("settings that are none", async () => {
      const { json } = await registry.manifest(path, "1");
      const texts = {
        text: "no JSON",
        list: "[]",
        bare: '{"architecture":"amd64","os":"linux"}',
        few: JSON.stringify({
          ...{ architecture: hostArchitecture, os: "linux", config: {} },
          rootfs: { type: "layers", diff_ids: [digestOf("x")] },
        }),
      };
      for (const [tag, text] of Object.entries(texts)) {
        const config = await registry.putBlob(path, new TextEncoder().encode(text), MEDIA.config);
        expect(await pullOf(`config-${tag}`, MEDIA.manifest, { ...json, config })).not.toBe("");
      }
    });

    test("HTML, nothing, or wrong JSON in the place of a manifest", async () => {
      const reply = (body: string, type: string): Fault => ({
        kind: "reply",
        status: 200,
        headers: { "content-type": type },
        body,
      });
      const page = reply("<html><body>Log in to the hotel's network</body></html>", "text/html");
      expect(await pullBy(get("/manifests/", page))).toMatch(
        /HTML|invalid character|JSON|manifest|media ?type/i,
      );
      expect(await pullBy(get("/manifests/", reply("", MEDIA.manifest)))).not.toBe("");
      expect(await pullBy(get("/manifests/", reply("{}", MEDIA.manifest)))).not.toBe("");
      expect(await pullBy(get("/manifests/", reply('{"schemaVersion":1}', MEDIA.manifest)))).not.toBe("");
    });

    test("errors in all their forms", async () => {
      const reply = (status: number, body: string): Fault => ({ kind: "reply", status, body });
      const json = JSON.stringify({ errors: [{ code: "DENIED", message: "not you" }] });
      expect(await pullBy(get("/manifests/", reply(403, json)))).toMatch(/not you|denied|forbidden/i);
      expect(await pullBy(get("/manifests/", reply(404, "<html>not found</html>")))).toMatch(
        /not found|404/i,
      );
      expect(await pullBy(get("/manifests/", reply(418, "x".repeat(100_000))))).not.toBe("");
    });

    test("an index that leads to indexes, to what is not there, or to nothing", async () => {
      const { digest, size } = await registry.manifest(path, "1").then(({ digest, bytes }) => ({
        digest,
        size: bytes.byteLength,
      }));
      let inner = { mediaType: MEDIA.manifest as string, digest, size };
      for (let depth = 0; depth < 30; depth++) {
        inner = await putIndex(registry, path, `nested-${depth}`, [inner]);
      }
      // Docker follows them as deep as they go; to refuse them is as well, to go on for ever is not.
      const nested = registry.name(`${path}:nested-29`);
      const { code } = await cli.run(["pull", "-q", nested]);
      if (code === 0) {
        expect((await cli.inspectImage(nested)).Id).toBe(image.id);
        await cli.ok("rmi", nested);
      } else expect(code).toBe(1);
      expect(await pullOf("empty", MEDIA.index, { schemaVersion: 2, manifests: [] })).toMatch(
        /no (matching )?manifest|platform/i,
      );
      // The index names a manifest of this platform, which the registry then denies.
      const gone = await putImage(registry, path, { config: { Env: ["GONE=yes"] } });
      await putIndex(registry, path, "gone", [gone]);
      expect(await pullBy(get(gone.digest, { kind: "reply", status: 404, body: "{}" }), ":gone")).toMatch(
        /not found|unknown|404/i,
      );
    });

    if (!engine.isOracle) {
      test("a manifest of 50 MB, one without an end: given up early", async () => {
        const headers = { "content-type": MEDIA.manifest };
        const start = `{"schemaVersion":2,"mediaType":"${MEDIA.manifest}","annotations":{"a":"`;
        const piece = new TextEncoder().encode("x".repeat(1 << 20));
        let sent = 0;
        async function* pieces(most: number) {
          yield new TextEncoder().encode(start);
          for (let count = 0; count < most; count++) {
            sent += piece.byteLength;
            yield piece;
          }
        }
        for (const most of [50, 1000]) {
          sent = 0;
          const endless = (): Fault => ({ kind: "reply", status: 200, headers, body: pieces(most) });
          const said = await pullBy(({ method, path }) =>
            method === "GET" && path.includes("/manifests/") ? endless() : undefined,
          );
          expect(said).toMatch(/larger than/);
          expect(sent).toBeLessThan(50 << 20);
        }
      }, 180_000);

      test("a line that breaks once is taken up again", async () => {
        await using proxy = await startFaultyProxy(registry);
        proxy.fault = ({ method, path, times }) =>
          method === "GET" && path.includes(layer) && times === 1
            ? { kind: "cut", after: 200_000 }
            : undefined;
        const name = `${proxy.host}/${path}:1`;
        await cli.ok("pull", "-q", name);
        expect((await cli.inspectImage(name)).Id).toBe(image.id);
        const ranges = proxy.requests
          .filter(({ path }) => path.includes(layer))
          .map(({ headers }) => headers.range);
        expect(ranges.at(-1)).toMatch(/^bytes=\d+-/);
        await cli.ok("rmi", name);
      });

      test("a registry that stalls: whoever waits may leave, and nothing stays", async () => {
        await using proxy = await startFaultyProxy(registry);
        proxy.fault = get(layer, { kind: "stall", after: 100_000 });
        await leavesNothing(engine.record, async () => {
          const waiting = cli.spawn(["pull", `${proxy.host}/${path}:1`]);
          while (!proxy.requests.some(({ path }) => path.includes(layer))) await Bun.sleep(20);
          await Bun.sleep(300);
          waiting.kill("SIGINT");
          await waiting.exited;
        });
        expect((await cli.run(["image", "inspect", `${proxy.host}/${path}:1`])).code).toBe(1);
        await cli.ok("pull", "-q", registry.name(`${path}:1`));
        await cli.ok("rmi", registry.name(`${path}:1`));
      });
    }

    if (!engine.isOracle && cli.name === "berth") {
      test("a line that breaks again and again is given up", async () => {
        expect(await pullBy(get(layer, { kind: "cut", after: 10 }))).not.toBe("");
      }, 180_000);
    }

    test("a registry that is not there, or is something else", async () => {
      expect(await refused("pull", "-q", "127.0.0.1:9/nobody/home:1")).toContain("connection refused");
      await using other = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response("hello") });
      expect(await refused("pull", "-q", `127.0.0.1:${other.port}/some/where:1`)).not.toBe("");
    });

    test("after all that the engine is well, and the image is pulled from the honest registry", async () => {
      const name = registry.name(`${path}:1`);
      await cli.ok("pull", "-q", name);
      expect(await cli.ok("run", "--rm", name, "stat", "-c", "%s", "/noise")).toBe("500000");
      await cli.ok("rmi", name);
    });
  }),
);
