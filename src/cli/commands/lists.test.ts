import { describe, expect, test } from "bun:test";
import type { ContainerSummary, ImageSummary, NetworkInspect } from "../../spec/index.ts";
import { cliWith, json, MAIN, QUIET } from "../testing/cli.ts";

const ID = "4327ce05c6b2dbb3c1e823fcbbd670938046874eada7a45e73e562f43276de29";
const IMAGE = "sha256:3ce81438855c9b2505303321c81b258c4f883319480ff7ea2e7ee3896fb641ff";
const HOUR_AGO = Math.floor(Date.now() / 1000) - 3 * 3600;

const container: ContainerSummary = {
  Id: ID,
  Names: ["/web", "/other/alias"],
  Image: "site:1",
  ImageID: IMAGE,
  Command: "httpd -f -p 8080 -h /srv/www",
  Created: HOUR_AGO,
  Ports: [{ IP: "0.0.0.0", PrivatePort: 80, PublicPort: 8080, Type: "tcp" }],
  Labels: { b: "2", a: "1" },
  State: "running",
  Status: "Up 3 hours",
  HostConfig: { NetworkMode: "bridge" },
  NetworkSettings: { Networks: {} },
  Mounts: [],
};

const image: ImageSummary = {
  Containers: -1,
  Created: HOUR_AGO,
  Id: IMAGE,
  Labels: null,
  ParentId: "",
  RepoDigests: [],
  RepoTags: ["site:1", "site:latest"],
  SharedSize: -1,
  Size: 1982298,
};

const cli = () =>
  cliWith((_method, path) => {
    if (path === "/containers/json") return json([container]);
    if (path === "/images/json") return json([image]);
    if (path === "/networks") {
      const network = {
        Scope: "local",
        Driver: "bridge",
        EnableIPv4: true,
        EnableIPv6: false,
        Internal: false,
      };
      const networks = ["net10", "net9"].map((Name) => ({
        ...network,
        Name,
        Id: ID,
        Labels: {},
        Created: "",
      }));
      return json(networks as unknown as NetworkInspect[]);
    }
    return json({ message: "page not found" }, 404);
  });

describe("ps", () => {
  test("the table", async () => {
    await using berth = await cli();
    expect(await berth.run("ps")).toEqual({
      code: 0,
      err: "",
      out:
        "CONTAINER ID   IMAGE     COMMAND                  CREATED       STATUS       PORTS                  NAMES\n" +
        '4327ce05c6b2   site:1    "httpd -f -p 8080 -h…"   3 hours ago   Up 3 hours   0.0.0.0:8080->80/tcp   web\n',
    });
    expect(berth.requests).toEqual(["GET /v1.51/containers/json"]);
  });

  for (const [args, out, query] of [
    [["-q"], "4327ce05c6b2\n", ""],
    [["-aq", "--no-trunc"], `${ID}\n`, "?all=1"],
    [["-n", "3", "-q"], "4327ce05c6b2\n", "?limit=3"],
    [["-lq"], "4327ce05c6b2\n", "?limit=1"],
    [["--format", "{{.Names}}"], "web\n", ""],
    [["--no-trunc", "--format", "{{.Names}}"], "web,other/alias\n", ""],
    [["--format", '{{.Label "a"}} {{.Labels}} {{.State}}'], "1 a=1,b=2 running\n", ""],
    [["--format", "{{.Names}}\\t{{.Size}}"], "web\t0B\n", "?size=1"],
    [["--format", 'table {{.Names}}\\t{{.Label "a.b-c"}}'], "NAMES     b c\nweb       \n", ""],
    [
      ["-q", "-f", "status=running", "-f", "label=x"],
      "4327ce05c6b2\n",
      "?filters=%7B%22status%22%3A%7B%22running%22%3Atrue%7D%2C%22label%22%3A%7B%22x%22%3Atrue%7D%7D",
    ],
  ] as [string[], string, string][]) {
    test(args.join(" "), async () => {
      await using berth = await cli();
      expect(await berth.run("ps", ...args)).toEqual({ code: 0, out, err: "" });
      expect(berth.requests).toEqual([`GET /v1.51/containers/json${query}`]);
    });
  }

  test("json is one object a line, its fields sorted", async () => {
    await using berth = await cli();
    const { out } = await berth.run("ps", "--format", "json");
    expect(out).toContain('"Ports":"0.0.0.0:8080-\\u003e80/tcp"');
    const fields = Object.keys(JSON.parse(out));
    expect(fields).toEqual([...fields].sort());
  });

  test("a wrong template is said, and nothing else", async () => {
    await using berth = await cli();
    expect(await berth.run("ps", "--format", "{{.Nope}}")).toEqual({
      code: 1,
      out: "",
      err: 'failed to execute template: template: :1:2: executing "" at <.Nope>: can\'t evaluate field Nope in type *formatter.ContainerContext\n',
    });
    expect((await berth.run("ps", "--format", "{{")).err).toBe(
      "failed to parse template: template: :1: unclosed action\n",
    );
  });

  test("--quiet wins over a format and says so", async () => {
    await using berth = await cli();
    expect(await berth.run("ps", "-q", "--format", "json")).toEqual({
      code: 0,
      out: "4327ce05c6b2\n",
      err: "WARNING: Ignoring custom format, because both --format and --quiet are set.\n",
    });
  });

  test("a reader that has gone away ends it quietly", async () => {
    await using berth = await cli();
    const script = `"$0" "$1" ps --format '{{range 200000}}{{.}}{{end}}' | true; echo "\${PIPESTATUS[0]}"`;
    const shell = Bun.spawn(["bash", "-c", script, process.execPath, MAIN], {
      env: { ...QUIET, PATH: process.env.PATH ?? "", DOCKER_HOST: berth.host },
      stderr: "pipe",
    });
    expect(await new Response(shell.stderr).text()).toBe("");
    expect(await new Response(shell.stdout).text()).toBe("141\n");
  });
});

describe("images and networks", () => {
  test("an image is listed under every name", async () => {
    await using berth = await cli();
    const { out } = await berth.run("images", "site");
    expect(out).toBe(
      "REPOSITORY   TAG       IMAGE ID       CREATED       SIZE\n" +
        "site         1         3ce81438855c   3 hours ago   1.98MB\n" +
        "site         latest    3ce81438855c   3 hours ago   1.98MB\n",
    );
    expect(berth.requests[0]).toEndWith("filters=%7B%22reference%22%3A%7B%22site%22%3Atrue%7D%7D");
    expect((await berth.run("image", "ls", "--digests")).out).toContain("DIGEST    IMAGE ID");
  });

  test("networks are in natural order", async () => {
    await using berth = await cli();
    const { out } = await berth.run("network", "ls", "--format", "{{.Name}}");
    expect(out).toBe("net9\nnet10\n");
  });
});
