/** I2: what images there are, with ids, sizes and digests, narrowed by name; and what tags the registry has. */
import { beforeAll, expect, test } from "bun:test";
import { bothClis, putImage, putIndex, TestEngine, withRegistry } from "../harness/index.ts";

const engine = new TestEngine("i2").use();

withRegistry((registry) =>
  bothClis(engine, (cli) => {
    const path = cli.image("app").slice(0, -":1".length);
    const one = () => registry.name(`${path}-one`);
    const two = () => registry.name(`${path}-two`);
    const digests = new Map<string, string>();
    const rows = async (...args: string[]) => {
      const text = await cli.ok("images", ...args);
      return text === "" ? [] : text.split("\n").sort();
    };
    const names = (...args: string[]) => rows("--format", "{{.Repository}}:{{.Tag}}", ...args);

    beforeAll(async () => {
      for (const name of ["one:1", "one:2", "two:1"]) {
        const [repository = "", tag = ""] = name.split(":");
        const config = { Env: ["PATH=/bin", `NAME=${name}`] };
        const { digest } = await putImage(registry, `${path}-${repository}`, { config, tag });
        digests.set(name, digest);
        await cli.ok("pull", "-q", registry.name(`${path}-${name}`));
      }
    }, 60_000);

    test("a table with a row for each name", async () => {
      const [head, ...lines] = (await cli.ok("images", one())).split("\n");
      expect(head?.split(/ {2,}/).slice(0, 3)).toEqual(["REPOSITORY", "TAG", "IMAGE ID"]);
      expect(head).toContain("SIZE");
      expect(lines.length).toBe(2);
      for (const line of lines) expect(line).toMatch(/^127\.0\.0\.1:\d+\/\S+-one +[12] +[0-9a-f]{12} .*MB$/);
    });

    test("narrowed by registry and repository, by tag, by a pattern", async () => {
      expect(await names(one())).toEqual([`${one()}:1`, `${one()}:2`]);
      expect(await names(`${one()}:2`)).toEqual([`${one()}:2`]);
      expect(await names(two())).toEqual([`${two()}:1`]);
      expect(await names("--filter", `reference=${registry.name(path)}-*`)).toEqual([
        `${one()}:1`,
        `${one()}:2`,
        `${two()}:1`,
      ]);
      expect(await names("--filter", `reference=${registry.name(path)}-*:1`)).toEqual([
        `${one()}:1`,
        `${two()}:1`,
      ]);
      expect(await names(`${one()}-none`)).toEqual([]);
      // The same path without its registry is another repository.
      expect(await names(`${path}-one`)).toEqual([]);
    });

    test("image ls is the same command", async () => {
      expect(await cli.ok("image", "ls", one())).toBe(await cli.ok("images", one()));
    });

    test("--digests shows what the registry calls them", async () => {
      const shown = await rows("--digests", "--format", "{{.Tag}} {{.Digest}}", one());
      expect(shown).toEqual([`1 ${digests.get("one:1")}`, `2 ${digests.get("one:2")}`]);
      const [head] = (await cli.ok("images", "--digests", one())).split("\n");
      expect(head?.split(/ {2,}/).slice(0, 4)).toEqual(["REPOSITORY", "TAG", "DIGEST", "IMAGE ID"]);
    });

    test("an image that was never pulled or pushed has no digest", async () => {
      const name = `${registry.name(path)}-never:1`;
      using _ = { [Symbol.dispose]: () => Bun.spawnSync([cli.program, "-H", engine.host, "rmi", name]) };
      const context = new TextEncoder().encode(`FROM ${engine.base}\nENV NEVER=${path}\n`);
      expect((await cli.run(["build", "-t", name, "-"], { stdin: context })).code).toBe(0);
      expect(await rows("--digests", "--format", "{{.Digest}}", name)).toEqual(["<none>"]);
    });

    test("ids, short and whole", async () => {
      const { Id } = await cli.inspectImage(`${one()}:1`);
      expect(await rows("-q", "--no-trunc", `${one()}:1`)).toEqual([Id]);
      expect(await rows("-q", `${one()}:1`)).toEqual([Id.slice("sha256:".length, "sha256:".length + 12)]);
    });

    test("sizes are those of the files", async () => {
      const { Size } = await cli.inspectImage(`${one()}:1`);
      const [shown] = await rows("--format", "{{.Size}}", `${one()}:1`);
      expect(shown).toMatch(/^[\d.]+MB$/);
      expect(Math.abs(Number.parseFloat(shown ?? "") * 1e6 - Size)).toBeLessThan(20_000);
    });

    test("as JSON, one object a line", async () => {
      const lines = (await rows("--format", "json", one())).map((line) => JSON.parse(line));
      expect(lines.map(({ Repository, Tag }) => `${Repository}:${Tag}`).sort()).toEqual([
        `${one()}:1`,
        `${one()}:2`,
      ]);
    });

    if (cli.name === "berth") {
      test("image referrers: what refers to it there", async () => {
        const repository = `${path}-referred`;
        const { digest } = await putImage(registry, repository, { tag: "1" });
        const name = registry.name(`${repository}:1`);
        expect(await cli.ok("image", "referrers", name)).toBe("");
        const artifactType = "application/vnd.example.signature";
        const signature = {
          ...(await putImage(registry, repository, { config: { User: "s" } })),
          artifactType,
        };
        await putIndex(registry, repository, digest.replace(":", "-"), [signature]);
        const line = new RegExp(`^${signature.digest}  ${artifactType}  [\\d.]+k?B$`);
        expect(await cli.ok("image", "referrers", name)).toMatch(line);
        const [listed] = JSON.parse(await cli.ok("image", "referrers", "--format", "json", name));
        expect([listed.digest, listed.artifactType]).toEqual([signature.digest, artifactType]);
      });

      test("image tags: what the registry has, pulled or not", async () => {
        await putImage(registry, `${path}-one`, { tag: "not-pulled" });
        expect((await cli.ok("image", "tags", one())).split("\n")).toEqual(["1", "2", "not-pulled"]);
        const json = JSON.parse(await cli.ok("image", "tags", "--format", "json", one()));
        expect(json).toEqual(["1", "2", "not-pulled"]);
        const missing = await cli.run(["image", "tags", `${one()}-none`]);
        expect(missing.code).toBe(1);
        expect(missing.stderr.trim().split("\n").length).toBe(1);
      });
    }
  }),
);
