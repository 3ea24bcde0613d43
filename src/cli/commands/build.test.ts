import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rawEngine } from "../testing/raw-engine.ts";

const IMAGE = `sha256:${"d".repeat(64)}`;
const GOOD = [
  { stream: "Step 1/1 : FROM scratch" },
  { stream: "\n" },
  { stream: " ---> 0e6fce5baf2d\n" },
  { aux: { ID: IMAGE } },
  { stream: "Successfully built 0e6fce5baf2d\n" },
];
const TEXT = "Step 1/1 : FROM scratch\n ---> 0e6fce5baf2d\nSuccessfully built 0e6fce5baf2d\n";

/** An engine whose builds say `messages`, and a context of one Dockerfile beside its socket. */
async function building(...messages: readonly unknown[]) {
  const queries: URLSearchParams[] = [];
  const uploads: string[] = [];
  const api = await rawEngine((exchange) => {
    if (exchange.path !== "/build") return exchange.json({ message: "page not found" }, 404);
    queries.push(exchange.query);
    uploads.push(exchange.body);
    exchange.later().end(...messages);
  });
  writeFileSync(join(api.directory, "Dockerfile"), "FROM scratch\n");
  writeFileSync(join(api.directory, ".dockerignore"), "s.sock\nsecret\n");
  writeFileSync(join(api.directory, "secret"), "hidden\n");
  return { api, queries, uploads, [Symbol.asyncDispose]: () => api[Symbol.asyncDispose]() };
}

describe("build", () => {
  test("sends the context and shows the engine's lines", async () => {
    await using build = await building(...GOOD);
    const { code, out, err } = await build.api.run(["build", "-t", "x", "."]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const [first, ...rest] = out.split("\n");
    expect(first).toMatch(/^Sending build context to the daemon {2}[\d.]+kB$/);
    expect(rest.join("\n")).toBe(TEXT);
    expect(build.uploads[0]).toContain("FROM scratch");
    expect(build.uploads[0]).not.toContain("hidden");
    expect(Object.fromEntries(build.queries[0] ?? [])).toEqual({
      t: "x",
      dockerfile: "Dockerfile",
      version: "1",
    });
  });

  test("every flag reaches the engine", async () => {
    await using build = await building(...GOOD);
    const args =
      "-t a -t b:2 --build-arg X=1 --build-arg PATH --build-arg NOSUCH --label l=1 --target t --no-cache --pull --platform LINUX/amd64 --network host --add-host a:1.2.3.4 --add-host b=::1 --ulimit nofile=1:2 --shm-size 1m --memory 10m --memory-swap -1 -c 5 --cpu-period 1 --cpu-quota 2 --cpuset-cpus 0 --cpuset-mems 0 --cgroup-parent x --cache-from i1 --cache-from i2,i3 --security-opt a --force-rm --rm=false";
    expect((await build.api.run(["build", ...args.split(" "), "."])).code).toBe(0);
    const query = build.queries[0] ?? new URLSearchParams();
    expect(query.getAll("t")).toEqual(["a", "b:2"]);
    expect(query.getAll("extrahosts")).toEqual(["a:1.2.3.4", "b:::1"]);
    expect(JSON.parse(query.get("buildargs") ?? "")).toEqual({
      X: "1",
      PATH: process.env.PATH,
      NOSUCH: null,
    });
    expect(JSON.parse(query.get("ulimits") ?? "")).toEqual([{ Name: "nofile", Hard: 2, Soft: 1 }]);
    for (const name of ["t", "extrahosts", "buildargs", "ulimits"]) query.delete(name);
    expect(Object.fromEntries(query)).toEqual({
      cachefrom: '["i1","i2","i3"]',
      cgroupparent: "x",
      cpuperiod: "1",
      cpuquota: "2",
      cpusetcpus: "0",
      cpusetmems: "0",
      cpushares: "5",
      dockerfile: "Dockerfile",
      forcerm: "1",
      labels: '{"l":"1"}',
      memory: "10485760",
      memswap: "-1",
      networkmode: "host",
      nocache: "1",
      platform: "linux/amd64",
      pull: "1",
      rm: "0",
      securityopt: "a",
      shmsize: "1048576",
      target: "t",
      version: "1",
    });
  });

  test("the status of a command that failed is the build's", async () => {
    const message = "The command '/bin/sh -c exit 3' returned a non-zero code: 3";
    await using build = await building(
      { stream: "Step 1/1 : RUN exit 3\n" },
      { errorDetail: { code: 3, message }, error: message },
    );
    const { code, out, err } = await build.api.run(["build", "."]);
    expect({ code, err }).toEqual({ code: 3, err: `${message}\n` });
    expect(out).toEndWith("\nStep 1/1 : RUN exit 3\n");
  });

  test("--iidfile holds the image's id, and nothing of an earlier build after a failure", async () => {
    await using build = await building(...GOOD);
    const path = join(build.api.directory, "iid");
    expect((await build.api.run(["build", "-q", "--iidfile", path, "."])).code).toBe(0);
    expect(readFileSync(path, "utf8")).toBe(IMAGE);
    await using broken = await building({ error: "broken" });
    writeFileSync(join(broken.api.directory, "iid"), "old");
    expect((await broken.api.run(["build", "--iidfile", "iid", "."])).code).toBe(1);
    expect(existsSync(join(broken.api.directory, "iid"))).toBe(false);
  });

  test("--quiet prints what the engine sends then, and everything when it fails", async () => {
    await using build = await building({ stream: `${IMAGE}\n` });
    expect(await build.api.run(["build", "-q", "."])).toEqual({ code: 0, out: `${IMAGE}\n`, err: "" });
    expect(build.queries[0]?.get("q")).toBe("1");
    await using broken = await building({ stream: "Step 1/1 : X\n" }, { error: "broken" });
    expect(await broken.api.run(["build", "--progress", "quiet", "."])).toEqual({
      code: 1,
      out: "",
      err: "Step 1/1 : X\nbroken\n",
    });
  });

  test("--progress rawjson passes the messages on", async () => {
    await using build = await building(...GOOD);
    const { out } = await build.api.run(["build", "--progress", "rawjson", "."]);
    expect(
      out
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual(GOOD);
  });

  test.each([
    [["build", "nope"], 1, 'unable to prepare context: path "nope" not found'],
    [["build", "-f", "nope", "."], 1, "/nope: no such file or directory. Did you mean -f Dockerfile?"],
    [["build", "--progress", "x", "."], 1, 'invalid progress type "x": must be one of auto, plain'],
    [["build", "-t", "BAD", "."], 125, "repository name (library/BAD) must be lowercase"],
    [["build", "--label", "=x", "."], 125, "invalid label '=x': empty name"],
    [["build"], 1, "'berth build' requires 1 argument"],
  ] as const)("%p is refused before anything is asked", async (args, code, message) => {
    await using build = await building();
    const ran = await build.api.run(args);
    expect(ran.code).toBe(code);
    expect(ran.err).toContain(message);
    expect(build.api.requests).toEqual([]);
  });
});
