import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { cliWith, json, jsonLines } from "../testing/cli.ts";
import { onTerminal } from "../testing/on-terminal.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;
const ME = Buffer.from("me:secret").toString("base64");

/** An engine that pulls and pushes, and remembers who asked for what. */
async function engine(server?: string) {
  const asked: string[] = [];
  const cli = await cliWith((method, path, query, request) => {
    const header = request.headers.get("x-registry-auth");
    const auth = header ? Buffer.from(header, "base64").toString() : "none";
    asked.push(`${method} ${path}?${decodeURIComponent(query.toString())} ${auth}`);
    const bar = { status: "Downloading", id: "abc", progressDetail: { current: 500, total: 1000 } };
    if (path === "/images/create" && query.get("tag") === "nope") {
      return json({ message: "manifest for x:nope not found: manifest unknown" }, 404);
    }
    if (path === "/images/create" && query.get("tag") === "late") {
      return jsonLines(bar, { error: "lost", errorDetail: { message: "connection lost" } });
    }
    if (path === "/images/create") {
      const status = `Status: Downloaded newer image for ${query.get("fromImage")}:${query.get("tag")}`;
      const pulling = { status: "Pulling from library/x", id: "1" };
      const done = { status: "Pull complete", id: "abc", progressDetail: {} };
      return jsonLines(pulling, bar, done, { status: `Digest: ${DIGEST}` }, { status });
    }
    if (path.endsWith("/push")) {
      const refers = { status: "The push refers to repository [example.test:5000/a/b]" };
      const pushed = { status: "Pushed", id: "abc", progressDetail: {} };
      const aux = { progressDetail: {}, aux: { Tag: "1", Digest: DIGEST, Size: 5 } };
      return jsonLines(refers, pushed, { status: `1: digest: ${DIGEST} size: 5` }, aux);
    }
    if (path.endsWith("/tags")) return json({ Name: "a/b", Tags: ["1", "2"] });
    if (path.endsWith("/referrers")) {
      const signature = { mediaType: "m/t", digest: DIGEST, size: 1234, artifactType: "application/x.sig" };
      return json({ Name: "a", Digest: DIGEST, Referrers: [signature, { digest: DIGEST, size: 5 }] });
    }
    return json({ message: "page not found" }, 404);
  }, server);
  writeFileSync(
    join(cli.directory, "config.json"),
    JSON.stringify({
      auths: { "https://index.docker.io/v1/": { auth: ME }, "example.test:5000": { auth: ME } },
    }),
  );
  return { cli, asked, [Symbol.asyncDispose]: () => cli[Symbol.asyncDispose]() };
}

const credentials = (serveraddress: string) =>
  JSON.stringify({ username: "me", password: "secret", serveraddress });
const HUB = credentials("https://index.docker.io/v1/");

describe("pull", () => {
  test("without a terminal every message is a line, and bars are none", async () => {
    await using berth = await engine();
    expect(await berth.cli.run("pull", "x")).toEqual({
      code: 0,
      err: "",
      out: `Using default tag: latest\n1: Pulling from library/x\nabc: Pull complete\nDigest: ${DIGEST}\nStatus: Downloaded newer image for x:latest\ndocker.io/library/x:latest\n`,
    });
    expect(await berth.cli.run("image", "pull", "-q", `example.test:5000/a/b@${DIGEST}`)).toEqual({
      code: 0,
      err: "",
      out: `example.test:5000/a/b@${DIGEST}\n`,
    });
    await berth.cli.run("pull", "-aq", "other.test/x");
    await berth.cli.run("pull", "--platform", "Linux/ARM64", "x:1");
    await berth.cli.runWith(
      { env: { DOCKER_DEFAULT_PLATFORM: "linux/386" } },
      "pull",
      "--all-platforms",
      "x:1",
    );
    expect(berth.asked).toEqual([
      `POST /images/create?fromImage=x&tag=latest ${HUB}`,
      `POST /images/create?fromImage=example.test:5000/a/b&tag=${DIGEST} ${credentials("example.test:5000")}`,
      "POST /images/create?fromImage=other.test/x none",
      `POST /images/create?fromImage=x&tag=1&platform=linux/arm64 ${HUB}`,
      `POST /images/create?fromImage=x&tag=1&all-platforms=1 ${HUB}`,
    ]);
  });

  test("on a terminal each layer has a line, which the last lines follow", async () => {
    await using berth = await engine();
    const { argv, env } = berth.cli.command(["pull", "x:1"]);
    await using terminal = onTerminal(argv, env);
    expect(await terminal.exited).toBe(0);
    await terminal.shows("docker.io/library/x:1");
    const shown = terminal.shown();
    expect(shown).toContain("abc: Downloading [===============>");
    for (const [before, after] of [
      ["1: Pulling from library/x", "abc: Downloading"],
      ["abc: Pull complete", `Digest: ${DIGEST}`],
      ["Status: Downloaded newer image for x:1", "docker.io/library/x:1"],
    ] as const) {
      expect(shown.indexOf(before)).toBeGreaterThan(-1);
      expect(shown.indexOf(before)).toBeLessThan(shown.lastIndexOf(after));
    }
    expect(shown.lastIndexOf("\x1b[?25h")).toBeGreaterThan(shown.lastIndexOf("\x1b[?25l"));
  });

  test.each([
    [["x:nope"], "Error response from daemon: manifest for x:nope not found: manifest unknown\n"],
    [["x:late"], "connection lost\n"],
    [["-a", "x:1"], "tag can't be used with --all-tags/-a\n"],
    [["UP"], "invalid reference format: repository name (library/UP) must be lowercase\n"],
    [
      ["--platform", "arm64", "--all-platforms", "x"],
      "conflicting options: cannot specify both --platform and --all-platforms\n",
    ],
  ])("%j fails", async (args, err) => {
    await using berth = await engine();
    const ran = await berth.cli.run("pull", "-q", ...args);
    expect({ code: ran.code, out: ran.out, err: ran.err }).toEqual({ code: 1, out: "", err });
  });
});

describe("push", () => {
  test("one tag, all tags, one platform", async () => {
    await using berth = await engine();
    expect(await berth.cli.run("push", "example.test:5000/a/b:1")).toEqual({
      code: 0,
      err: "",
      out: `The push refers to repository [example.test:5000/a/b]\nabc: Pushed\n1: digest: ${DIGEST} size: 5\n`,
    });
    expect((await berth.cli.run("push", "-q", "x")).out).toBe("docker.io/library/x:latest\n");
    await berth.cli.run("push", "-a", "other.test/x");
    await berth.cli.run("image", "push", "--platform", "linux/arm64/v8", "x:2");
    expect(berth.asked).toEqual([
      `POST /images/example.test:5000/a/b/push?tag=1 ${credentials("example.test:5000")}`,
      `POST /images/x/push?tag=latest ${HUB}`,
      "POST /images/other.test/x/push? {}",
      `POST /images/x/push?tag=2&platform={"os":"linux","architecture":"arm64","variant":"v8"} ${HUB}`,
    ]);
  });
});

describe("image tags", () => {
  test("one a line, or JSON", async () => {
    await using berth = await engine();
    expect(await berth.cli.run("image", "tags", "example.test:5000/a/b")).toEqual({
      code: 0,
      out: "1\n2\n",
      err: "",
    });
    expect((await berth.cli.run("image", "tags", "--format", "json", "a/b")).out).toBe('["1","2"]\n');
    expect(berth.asked).toEqual([
      `GET /distribution/example.test:5000/a/b/tags? ${credentials("example.test:5000")}`,
      `GET /distribution/a/b/tags? ${HUB}`,
    ]);
    expect((await berth.cli.run("image", "tags", "a:1")).err).toContain("without a tag or digest");
    expect((await berth.cli.run("image", "tags", "--format", "xml", "a")).code).toBe(1);
  });
});

describe("image referrers", () => {
  test("one a line, or JSON", async () => {
    await using berth = await engine();
    expect(await berth.cli.run("image", "referrers", "example.test:5000/a/b:1")).toEqual({
      code: 0,
      out: `${DIGEST}  application/x.sig  1.234kB\n${DIGEST}  -  5B\n`,
      err: "",
    });
    const { out } = await berth.cli.run("image", "referrers", "--format", "json", `a@${DIGEST}`);
    expect(JSON.parse(out)[1]).toEqual({ digest: DIGEST, size: 5 });
    expect(berth.asked).toEqual([
      `GET /distribution/example.test:5000/a/b:1/referrers? ${credentials("example.test:5000")}`,
      `GET /distribution/a@${DIGEST}/referrers? ${HUB}`,
    ]);
    expect((await berth.cli.run("image", "referrers", "--format", "xml", "a")).code).toBe(1);
  });
});

test.each([
  [["image", "referrers", "a"]],
  [["image", "tags", "a"]],
  [["pull", "--all-platforms", "a"]],
  [["image", "prune", "--dry-run"]],
  [["system", "check"]],
  [["manifest", "inspect", "a"]],
])("%j is refused by another's engine, which is not asked", async (args) => {
  await using berth = await engine("Docker/28.5.2 (linux)");
  const { code, err } = await berth.cli.run(...args);
  expect(code).toBe(1);
  expect(err).toContain("needs a Berth engine, and this one is another's (Docker/28.5.2 (linux))");
  expect(berth.asked).toEqual([]);
});
