import { describe, expect, test } from "bun:test";
import { invalid, notFound } from "../../core/index.ts";
import type { ImageInspect, ImageSummary } from "../../spec/index.ts";
import { eventually, startServer } from "../test-support.ts";

const SUMMARY: ImageSummary = {
  Containers: -1,
  Created: 1,
  Id: "sha256:1",
  Labels: null,
  ParentId: "",
  RepoDigests: [],
  RepoTags: [],
  SharedSize: -1,
  Size: 7,
};

const collect = async (source: AsyncIterable<Uint8Array>) => {
  const pieces: Uint8Array[] = [];
  for await (const piece of source) pieces.push(piece);
  return Buffer.concat(pieces);
};

describe("list and inspect", () => {
  test("older clients see what they know", async () => {
    await using server = await startServer({ images: { list: () => [SUMMARY] } });
    const list = async (path: string) =>
      ((await (await server.fetch(path)).json()) as Record<string, unknown>[])[0];
    expect(await list("/images/json")).toEqual({ ...SUMMARY });
    expect(await list("/v1.43/images/json")).toEqual({ ...SUMMARY, VirtualSize: 7 });
    expect(await list("/v1.42/images/json")).toMatchObject({
      RepoTags: ["<none>:<none>"],
      RepoDigests: ["<none>@<none>"],
    });
  });

  test("names may have slashes, written or escaped; filters are checked", async () => {
    const asked: string[] = [];
    await using server = await startServer({
      images: {
        list: () => [],
        inspect: (name) => {
          asked.push(name);
          return { Id: "1", Size: 7 } as ImageInspect;
        },
        history: (name) => {
          asked.push(name);
          return [];
        },
      },
    });
    await server.fetch("/images/reg.example:5000/a/b:1/json");
    await server.fetch("/images/a%2Fb%3A1/history");
    expect(asked).toEqual(["reg.example:5000/a/b:1", "a/b:1"]);
    const filters = encodeURIComponent('{"bogus":["a"]}');
    expect((await server.fetch(`/images/json?filters=${filters}`)).status).toBe(400);
  });
});

describe("tag and remove", () => {
  test("tag: repository and tag become one name", async () => {
    const tags: string[][] = [];
    await using server = await startServer({ images: { tag: (...names) => void tags.push(names) } });
    const tag = (query: string) => server.fetch(`/images/a/tag?${query}`, { method: "POST" });
    expect((await tag("repo=foo/b&tag=3")).status).toBe(201);
    expect((await tag("repo=foo/b:7")).status).toBe(201);
    expect(tags).toEqual([
      ["a", "foo/b:3"],
      ["a", "foo/b:7"],
    ]);
    for (const query of ["", "repo=x&tag=!", "repo=UP&tag=1"]) expect((await tag(query)).status).toBe(400);
  });

  test("remove reads its query and answers the list", async () => {
    const asked: unknown[] = [];
    await using server = await startServer({
      images: {
        remove: async (...parameters) => {
          asked.push(parameters);
          return [{ Untagged: "a:1" }];
        },
      },
    });
    const reply = await server.fetch("/images/a:1?force=1&noprune=1", { method: "DELETE" });
    expect([reply.status, await reply.text()]).toEqual([200, '[{"Untagged":"a:1"}]\n']);
    expect(asked).toEqual([["a:1", { force: true, noPrune: true }]]);
  });
});

describe("create", () => {
  test("imports the body", async () => {
    const asked: unknown[] = [];
    await using server = await startServer({
      images: {
        importTar: async (tar, options) => {
          asked.push((await collect(tar)).toString(), options);
          return "sha256:abc";
        },
      },
    });
    const query = "fromSrc=-&repo=a&tag=2&message=hi&changes=CMD+x&changes=ENV+A%3Db&platform=linux/amd64";
    const reply = await server.fetch(`/images/create?${query}`, { method: "POST", body: "tar bytes" });
    expect([reply.status, await reply.text()]).toEqual([200, '{"status":"sha256:abc"}\r\n']);
    expect(asked).toEqual([
      "tar bytes",
      { reference: "a:2", message: "hi", changes: ["CMD x", "ENV A=b"], platform: "linux/amd64" },
    ]);
  });

  test("says what it cannot do", async () => {
    await using server = await startServer();
    expect((await server.fetch("/images/create", { method: "POST" })).status).toBe(400);
    expect((await server.fetch("/images/create?fromSrc=http://x/y", { method: "POST" })).status).toBe(501);
  });
});

describe("platforms", () => {
  const arm = encodeURIComponent('{"os":"linux","architecture":"arm64","variant":"v8"}');
  const own = encodeURIComponent('{"os":"linux","architecture":"amd64"}');
  const image = { Id: "1", Os: "linux", Architecture: "amd64", RepoTags: ["a:1"] } as ImageInspect;

  test("inspect and history refuse one that the image is not made for", async () => {
    await using server = await startServer({ images: { inspect: () => image, history: () => [] } });
    for (const path of ["/images/a:1/json", "/images/a:1/history"]) {
      expect((await server.fetch(`${path}?platform=${own}`)).status).toBe(200);
      const other = await server.fetch(`${path}?platform=${arm}`);
      expect([other.status, await other.json()]).toEqual([
        404,
        {
          message:
            "image with reference a:1 was found but its platform (linux/amd64) does not match the specified platform (linux/arm64/v8)",
        },
      ]);
      expect((await server.fetch(`${path}?platform=linux/arm64`)).status).toBe(400);
    }
    const both = await server.fetch(`/images/a:1/json?manifests=1&platform=${own}`);
    expect([both.status, await both.text()]).toEqual([
      400,
      '{"message":"conflicting options: manifests and platform options cannot both be set"}\n',
    ]);
  });

  test("load and save take those that are wanted", async () => {
    const asked: unknown[] = [];
    await using server = await startServer({
      images: {
        load: async (_archive, _progress, options) => void asked.push(options),
        async *save(_names, options) {
          asked.push(options);
          yield Buffer.from("x");
        },
      },
    });
    await server.fetch(`/images/load?platform=${arm}`, { method: "POST" });
    await server.fetch(`/images/get?names=a&platform=${arm}&platform=${own}`);
    await server.fetch("/images/a/get");
    expect(asked).toEqual([
      { platforms: ["linux/arm64/v8"] },
      { platforms: ["linux/arm64/v8", "linux/amd64"] },
      { platforms: [] },
    ]);
    const broken = await server.fetch("/images/get?names=a&platform=%7B%7D");
    expect([broken.status, await broken.json()]).toEqual([
      400,
      { message: "failed to parse platform: both OS and Architecture must be provided" },
    ]);
  });
});

describe("prune", () => {
  test("hands over filters, and can only look", async () => {
    const asked: unknown[] = [];
    await using server = await startServer({
      images: {
        prune: async (options) => {
          asked.push([[...(options?.filters ?? [])], options?.dryRun]);
          return { ImagesDeleted: [{ Deleted: "sha256:1" }], SpaceReclaimed: 5 };
        },
      },
    });
    const prune = (query: string) => server.fetch(`/images/prune${query}`, { method: "POST" });
    expect(await (await prune("")).text()).toBe(
      '{"ImagesDeleted":[{"Deleted":"sha256:1"}],"SpaceReclaimed":5}\n',
    );
    const filters = encodeURIComponent('{"dangling":{"false":true},"label!":["keep"]}');
    await prune(`?dry-run=1&filters=${filters}`);
    expect(asked).toEqual([
      [[], false],
      [
        [
          ["dangling", ["false"]],
          ["label!", ["keep"]],
        ],
        true,
      ],
    ]);
    expect((await prune(`?filters=${encodeURIComponent('{"x":["y"]}')}`)).status).toBe(400);
  });
});

describe("load and save", () => {
  test("load streams its progress as JSON lines", async () => {
    await using server = await startServer({
      images: {
        load: async (archive, progress) => {
          const size = (await collect(archive)).length;
          progress({ stream: `Loaded image: x (${size})\n` });
        },
      },
    });
    const reply = await server.fetch("/images/load?quiet=1", {
      method: "POST",
      body: new Uint8Array(500_000),
    });
    expect([reply.status, reply.headers.get("content-type")]).toEqual([200, "application/json"]);
    expect(await reply.text()).toBe('{"stream":"Loaded image: x (500000)\\n"}\r\n');
  });

  test("a failure before the first line is a status, after it a last line", async () => {
    let lines = 0;
    await using server = await startServer({
      images: {
        load: async (_archive, progress) => {
          for (let i = 0; i < lines; i++) progress({ status: "working" });
          throw invalid("not an image archive");
        },
      },
    });
    const early = await server.fetch("/images/load", { method: "POST", body: "x" });
    expect([early.status, await early.text()]).toEqual([400, '{"message":"not an image archive"}\n']);
    lines = 1;
    const late = await server.fetch("/images/load", { method: "POST", body: "x" });
    expect([late.status, await late.text()]).toEqual([
      200,
      '{"status":"working"}\r\n{"errorDetail":{"message":"not an image archive"},"error":"not an image archive"}\r\n',
    ]);
  });

  test("a truncated upload fails, and says so", async () => {
    let failure = "";
    await using server = await startServer({
      images: {
        load: async (archive) => {
          await collect(archive).catch((error: Error) => {
            failure = error.message;
            throw error;
          });
        },
      },
    });
    const client = await server.connect();
    client.send("POST /images/load HTTP/1.1\r\nHost: d\r\nContent-Length: 10\r\n\r\nabc");
    client.close();
    await eventually(() => failure !== "");
    expect(failure).toContain("ended early, after 3 bytes");
  });

  test("a slow load holds the upload back", async () => {
    const { promise: wait, resolve: go } = Promise.withResolvers<void>();
    let size = 0;
    await using server = await startServer({
      images: {
        load: async (archive) => {
          await wait;
          size = (await collect(archive)).length;
        },
      },
    });
    const client = await server.connect();
    client.send("POST /images/load HTTP/1.0\r\nContent-Length: 50000000\r\n\r\n");
    const piece = Buffer.alloc(256 * 1024);
    let sent = 0;
    const send = () => {
      const taken = Math.max(0, client.send(piece.subarray(0, 50_000_000 - sent)));
      sent += taken;
      return taken;
    };
    for (let stalled = 0; stalled < 10; ) {
      if (send() > 0) continue;
      stalled++;
      await Bun.sleep(5);
    }
    expect(sent).toBeLessThan(3_000_000);
    go();
    while (sent < 50_000_000) {
      if (send() === 0) await Bun.sleep(1);
    }
    expect(await client.rest()).toStartWith("HTTP/1.1 200");
    expect(size).toBe(50_000_000);
  });

  test("save checks the names before the first byte", async () => {
    const asked: unknown[] = [];
    await using server = await startServer({
      images: {
        async *save(names) {
          asked.push(names);
          if (names.includes("nope")) throw notFound("No such image: nope");
          yield Buffer.from("tar ");
          yield Buffer.from("bytes");
        },
      },
    });
    const fine = await server.fetch("/images/get?names=a&names=b/c:1");
    expect([fine.status, fine.headers.get("content-type"), await fine.text()]).toEqual([
      200,
      "application/x-tar",
      "tar bytes",
    ]);
    expect(await (await server.fetch("/images/x/y:2/get")).text()).toBe("tar bytes");
    const missing = await server.fetch("/images/nope/get");
    expect([missing.status, await missing.text()]).toEqual([404, '{"message":"No such image: nope"}\n']);
    expect(asked).toEqual([["a", "b/c:1"], ["x/y:2"], ["nope"]]);
    expect((await server.fetch("/images/get")).status).toBe(400);
  });

  test("a save that fails half-way is cut, not ended", async () => {
    await using server = await startServer({
      images: {
        async *save() {
          yield Buffer.from("half");
          throw new Error("disk");
        },
      },
    });
    const reply = await server.exchange("GET /images/x/get HTTP/1.1\r\nHost: d\r\n\r\n");
    expect(reply).not.toContain("0\r\n\r\n");
    expect(server.warnings[0]).toContain("disk");
  });

  test("a client that leaves during a save ends it", async () => {
    let ended = false;
    await using server = await startServer({
      images: {
        async *save() {
          try {
            for (;;) yield Buffer.alloc(1024 * 1024);
          } finally {
            ended = true;
          }
        },
      },
    });
    const client = await server.connect();
    client.send("GET /images/x/get HTTP/1.1\r\nHost: d\r\n\r\n");
    await client.until("\r\n\r\n");
    client.close();
    await eventually(() => ended);
  });
});
