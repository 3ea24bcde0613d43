import { describe, expect, test } from "bun:test";
import { cliWith, json } from "../testing/cli.ts";

const missing = (name: string) => json({ message: `No such container: ${name}` }, 404);

const container = {
  Id: "4327ce05c6b2",
  Name: "/web",
  State: { Status: "running", ExitCode: 0 },
  Config: { Labels: {}, Cmd: null },
  Mounts: [{ Type: "bind", Source: "/a", Destination: "/b", Mode: "", RW: true, Propagation: "rprivate" }],
  NetworkSettings: { Ports: { "80/tcp": [{ HostIp: "::", HostPort: "8080" }], "443/tcp": null } },
};

const cli = () =>
  cliWith((method, path, query) => {
    const [, kind, name = "", verb] = path.split("/");
    if (kind === "containers") {
      if (name !== "web") return missing(name);
      if (verb === "json") return json(container);
      if (verb === "top")
        return json({ Titles: ["PID", "CMD"], Processes: [["1", query.get("ps_args") ?? "init"]] });
      if (verb === "wait") return json({ StatusCode: 3 });
      return new Response(null, { status: 204 });
    }
    if (kind === "images" && method === "DELETE") {
      if (name === "gone") return json({ message: "No such image: gone:latest" }, 404);
      if (name === "used") return json({ message: "conflict: it is used" }, 409);
      return json([{ Untagged: `${name}:latest` }, { Deleted: "sha256:1" }]);
    }
    if (kind === "images" && name === "img" && verb === "json") return json({ Id: "sha256:1", Os: "linux" });
    if (kind === "images" && verb === "tag") return new Response(null, { status: 201 });
    if (kind === "events") {
      const event = {
        Type: "container",
        Action: "die",
        Actor: { ID: "x", Attributes: { name: "web", exitCode: "3" } },
      };
      return new Response(
        `${JSON.stringify({ ...event, scope: "local", time: 1 }).slice(0, -1)},"timeNano":1795236204967028826}\n`,
      );
    }
    return json({ message: "page not found" }, 404);
  });

describe("inspect", () => {
  for (const [args, expected] of [
    [["inspect", "-f", "{{.Name}} {{.State.Status}} {{.Config.Cmd}}", "web"], { out: "/web running []\n" }],
    [["inspect", "-f", "{{.Id}}", "web", "img"], { out: "4327ce05c6b2\nsha256:1\n" }],
    [
      ["inspect", "-f", "{{.ID}}{{.State.Health}}{{with .State.Health}}x{{end}}", "web"],
      { out: "4327ce05c6b2<nil>\n" },
    ],
    [
      ["inspect", "-f", "{{.Mounts}} {{json .Mounts}}", "web"],
      { out: `[{bind  /a /b   true rprivate}] ${JSON.stringify(container.Mounts)}\n` },
    ],
    [["inspect", "-f", "{{.NetworkSettings.Ports}}", "web"], { out: "map[443/tcp:[] 80/tcp:[{:: 8080}]]\n" }],
    [["inspect", "-f", "json", "web"], { out: `[${JSON.stringify(container)}]\n` }],
    [["inspect", "web"], { out: `${JSON.stringify([container], null, 4)}\n` }],
    [["inspect", "nope"], { code: 1, out: "[]\n", err: "Error: No such object: nope\n" }],
    [
      ["inspect", "-f", "{{.Id}}", "a", "web", "b"],
      { code: 1, out: "4327ce05c6b2\n", err: "Error: No such object: a\nError: No such object: b\n" },
    ],
    [["inspect", "--type", "image", "-f", "{{.Os}}", "img"], { out: "linux\n" }],
    [
      ["container", "inspect", "nope"],
      { code: 1, out: "[]\n", err: "Error response from daemon: No such container: nope\n" },
    ],
    [
      ["inspect", "--type", "pod", "x"],
      { code: 1, err: 'unknown type: "pod": must be one of "container", "image", "network", "volume"\n' },
    ],
    [
      ["inspect", "-f", "{{.Id", "web"],
      { code: 64, err: "template parsing error: template: :1: unclosed action\n" },
    ],
    [
      ["inspect", "-f", "{{.Nope}}", "web"],
      {
        code: 1,
        err: 'template parsing error: template: :1:2: executing "" at <.Nope>: map has no entry for key "Nope"\n',
      },
    ],
  ] as [string[], { code?: number; out?: string; err?: string }][]) {
    test(args.join(" "), async () => {
      await using berth = await cli();
      expect(await berth.run(...args)).toEqual({ code: 0, out: "", err: "", ...expected });
    });
  }
});

describe("small commands", () => {
  for (const [args, expected] of [
    [["port", "web"], { out: "80/tcp -> [::]:8080\n" }],
    [["port", "web", "80"], { out: "[::]:8080\n" }],
    [["port", "web", "443"], { code: 1, err: "Error: No public port '443' published for web\n" }],
    [
      ["port", "web", "x/tcp"],
      { code: 1, err: 'Error: invalid port (x): strconv.ParseUint: parsing "x": invalid syntax\n' },
    ],
    [["top", "web"], { out: "PID                 CMD\n1                   init\n" }],
    [["top", "web", "-o", "pid,comm"], { out: "PID                 CMD\n1                   -o pid,comm\n" }],
    [
      ["pause", "web", "nope"],
      { code: 1, out: "web\n", err: "Error response from daemon: No such container: nope\n" },
    ],
    [["unpause", "web"], { out: "web\n" }],
    [
      ["wait", "nope", "web"],
      { code: 1, out: "3\n", err: "Error response from daemon: No such container: nope\n" },
    ],
    [["rename", "web", "new"], {}],
    [
      ["rename", "nope", "new"],
      {
        code: 1,
        err: "Error response from daemon: No such container: nope\nError: failed to rename container named nope\n",
      },
    ],
    [["rename", "web", ""], { code: 1, err: "Error: Neither old nor new names may be empty\n" }],
    [["rmi", "img"], { out: "Untagged: img:latest\nDeleted: sha256:1\n" }],
    [
      ["rmi", "gone", "img"],
      {
        code: 1,
        out: "Untagged: img:latest\nDeleted: sha256:1\n",
        err: "Error response from daemon: No such image: gone:latest\n",
      },
    ],
    [["rmi", "-f", "gone"], { err: "Error response from daemon: No such image: gone:latest\n" }],
    [
      ["rmi", "-f", "gone", "used"],
      {
        code: 1,
        err: "Error response from daemon: No such image: gone:latest\nError response from daemon: conflict: it is used\n",
      },
    ],
    [
      ["tag", "img", "Bad:x"],
      {
        code: 1,
        err: 'Error parsing reference: "Bad:x" is not a valid repository/tag: invalid reference format: repository name (library/Bad) must be lowercase\n',
      },
    ],
    [
      ["events", "--until", "0s"],
      { out: "2026-11-21T04:43:24.967028826Z container die x (exitCode=3, name=web)\n" },
    ],
    [
      ["events", "--format", "{{.Type}} {{.Actor.Attributes.name}} {{.TimeNano}}"],
      { out: "container web 1795236204967028826\n" },
    ],
    [
      ["events", "--format", "{{.Nope}}"],
      {
        code: 64,
        err: 'Error parsing format: template: :1:2: executing "" at <.Nope>: can\'t evaluate field Nope in type *events.Message\n',
      },
    ],
    [
      ["events", "--since", "yesterday"],
      { code: 1, err: 'failed to parse value as time or duration: "yesterday"\n' },
    ],
  ] as [string[], { code?: number; out?: string; err?: string }][]) {
    test(args.join(" "), async () => {
      await using berth = await cli();
      expect(await berth.run(...args)).toEqual({ code: 0, out: "", err: "", ...expected });
    });
  }

  test("tag sends repository and tag apart", async () => {
    await using berth = await cli();
    await berth.run("tag", "img", "localhost:5000/a/b:3");
    await berth.run("tag", "a/b:1", "c");
    expect(berth.requests).toEqual([
      "POST /v1.51/images/img/tag?repo=localhost%3A5000%2Fa%2Fb&tag=3",
      "POST /v1.51/images/a/b:1/tag?repo=c&tag=latest",
    ]);
  });
});
