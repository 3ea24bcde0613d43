import { describe, expect, test } from "bun:test";
import type { Containers } from "../../container/index.ts";
import { notFound } from "../../core/index.ts";
import { startServer, type TestServer } from "../test-support.ts";

const JSON_BODY = { "Content-Type": "application/json" };

/** A server whose containers note every call and answer as told. */
async function noting(answers: Partial<Record<keyof Containers, unknown>>) {
  const calls: unknown[][] = [];
  const containers = Object.fromEntries(
    Object.entries(answers).map(([method, answer]) => [
      method,
      async (...parameters: unknown[]) => {
        calls.push([method, ...parameters]);
        return answer;
      },
    ]),
  ) as Partial<Containers>;
  const server = await startServer({ containers });
  return { server, calls, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

async function statusAndText(
  server: TestServer,
  method: string,
  path: string,
  body?: string,
  headers = JSON_BODY,
) {
  const reply = await server.fetch(path, body === undefined ? { method } : { method, body, headers });
  return [reply.status, await reply.text()];
}

describe("create", () => {
  test("passes the body on with its fields' own spelling, and the query's name and platform", async () => {
    await using setup = await noting({ create: { Id: "1", Warnings: [] } });
    const body = JSON.stringify({
      image: "a",
      CMD: "run me",
      labels: { Image: "kept" },
      hostconfig: { portbindings: { "80/TCP": [{ hostport: "0" }] }, Memory: null },
      Unknown: [1],
    });
    const path = "/v1.51/containers/create?name=x&platform=linux/amd64";
    expect(await statusAndText(setup.server, "POST", path, body)).toEqual([
      201,
      '{"Id":"1","Warnings":[]}\n',
    ]);
    expect(setup.calls).toEqual([
      [
        "create",
        {
          Image: "a",
          Cmd: ["run me"],
          Labels: { Image: "kept" },
          HostConfig: { PortBindings: { "80/TCP": [{ HostIp: "", HostPort: "0" }] } },
        },
        { name: "x", platform: "linux/amd64" },
      ],
    ]);
  });

  test("accepts a charset after the content type", async () => {
    await using setup = await noting({ create: { Id: "1", Warnings: [] } });
    const headers = { "Content-Type": "Application/JSON; charset=utf-8" };
    const [status] = await statusAndText(
      setup.server,
      "POST",
      "/containers/create",
      '{"Image":"a"}',
      headers,
    );
    expect(status).toBe(201);
  });

  test("refuses bodies as Docker does", async () => {
    await using server = await startServer();
    const refuse = async (body: string | undefined, type?: string) => {
      const headers = type === undefined ? JSON_BODY : { "Content-Type": type };
      const [status, text] = await statusAndText(server, "POST", "/containers/create", body, headers);
      expect(status).toBe(400);
      return JSON.parse(text as string).message;
    };
    expect(await refuse(undefined)).toBe("invalid JSON: got EOF while reading request body");
    expect(await refuse("")).toBe("invalid JSON: got EOF while reading request body");
    expect(await refuse("{}", "application/x-www-form-urlencoded")).toBe(
      "unsupported Content-Type header (application/x-www-form-urlencoded): must be 'application/json'",
    );
    expect(await refuse("{}", "")).toBe("malformed Content-Type header (): mime: no media type");
    expect(await refuse("{}")).toBe("config cannot be empty in order to create a container");
    expect(await refuse("null")).toBe("config cannot be empty in order to create a container");
    expect(await refuse('{"HostConfig":{}}')).toBe("config cannot be empty in order to create a container");
    expect(await refuse('{"Image":"a"} x')).toBe("unexpected content after JSON");
    expect(await refuse('{"Image":')).toBe("invalid JSON: unexpected EOF");
    expect(await refuse("{nope}")).toStartWith("invalid JSON: ");
    expect(await refuse("[]")).toStartWith("invalid JSON: expected Object but received ");
    expect(await refuse('{"Image":5}')).toBe("invalid JSON: Image: expected string but received 5");
    expect(await refuse('{"Image":"a","HostConfig":{"Memory":"5"}}')).toBe(
      'invalid JSON: HostConfig.Memory: expected number but received "5"',
    );
  });

  test("a body without end is cut off, a huge one refused", async () => {
    await using server = await startServer();
    const client = await server.connect();
    client.send(
      "POST /containers/create HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
    );
    client.halfClose();
    const cut = await client.rest();
    expect(cut).toStartWith("HTTP/1.1 400");
    expect(cut).toContain("ended early");
    const huge = await server.fetch("/containers/create", {
      method: "POST",
      headers: JSON_BODY,
      body: `"${"x".repeat(9 * 1024 * 1024)}"`,
    });
    expect(huge.status).toBe(413);
  });
});

describe("list", () => {
  test("reads its query, and answers a list", async () => {
    await using setup = await noting({ list: [] });
    const { server, calls } = setup;
    expect(await statusAndText(server, "GET", "/containers/json")).toEqual([200, "[]\n"]);
    const filters = encodeURIComponent('{"status":{"exited":true}}');
    await statusAndText(server, "GET", `/containers/json?all=1&limit=3&size=true&filters=${filters}`);
    await statusAndText(server, "GET", "/containers/json?limit=-1");
    const none = new Map();
    expect(calls).toEqual([
      ["list", { all: false, limit: undefined, size: false, filters: none }],
      ["list", { all: true, limit: 3, size: true, filters: new Map([["status", ["exited"]]]) }],
      ["list", { all: false, limit: undefined, size: false, filters: none }],
    ]);
  });

  test("refuses unknown filters and numbers that are none", async () => {
    await using server = await startServer({ containers: { list: async () => [] } });
    const filters = encodeURIComponent('{"bogus":["a"]}');
    expect(await statusAndText(server, "GET", `/containers/json?filters=${filters}`)).toEqual([
      400,
      `{"message":"invalid filter 'bogus'"}\n`,
    ]);
    expect(await statusAndText(server, "GET", "/containers/json?limit=abc")).toEqual([
      400,
      '{"message":"strconv.Atoi: parsing \\"abc\\": invalid syntax"}\n',
    ]);
  });
});

describe("life", () => {
  test("204 when something changed, 304 when not", async () => {
    await using yes = await noting({ start: true, stop: true });
    await using no = await noting({ start: false, stop: false });
    for (const verb of ["start", "stop"]) {
      expect(await statusAndText(yes.server, "POST", `/containers/x/${verb}`)).toEqual([204, ""]);
      expect(await statusAndText(no.server, "POST", `/containers/x/${verb}`)).toEqual([304, ""]);
    }
  });

  test("start takes an empty body of any kind, and refuses a configuration", async () => {
    await using setup = await noting({ start: true });
    expect(await statusAndText(setup.server, "POST", "/containers/x/start", "{}")).toEqual([204, ""]);
    expect(await statusAndText(setup.server, "POST", "/containers/x/start", "")).toEqual([204, ""]);
    const [status, text] = await statusAndText(setup.server, "POST", "/containers/x/start", '{"Binds":[]}');
    expect(status).toBe(400);
    expect(text).toContain("starting container with non-empty request body");
  });

  test("stop and restart read signal and time, and ignore a body of options", async () => {
    await using setup = await noting({ stop: true, restart: undefined });
    await statusAndText(setup.server, "POST", "/containers/x/stop?t=-1&signal=INT", '{"t":5}');
    await statusAndText(setup.server, "POST", "/containers/x/stop");
    expect(await statusAndText(setup.server, "POST", "/containers/x/restart?t=0")).toEqual([204, ""]);
    expect(setup.calls).toEqual([
      ["stop", "x", { signal: "INT", timeout: -1 }],
      ["stop", "x", { signal: undefined, timeout: undefined }],
      ["restart", "x", { signal: undefined, timeout: 0 }],
    ]);
  });

  test("kill, pause, unpause, rename, resize, remove, inspect, top", async () => {
    await using setup = await noting({
      kill: undefined,
      pause: undefined,
      unpause: undefined,
      rename: undefined,
      resize: undefined,
      remove: undefined,
      inspect: { Id: "1" },
      top: { Titles: ["PID"], Processes: [] },
    });
    const { server, calls } = setup;
    expect(await statusAndText(server, "POST", "/containers/x/kill?signal=9")).toEqual([204, ""]);
    expect(await statusAndText(server, "POST", "/containers/x/pause")).toEqual([204, ""]);
    expect(await statusAndText(server, "POST", "/containers/x/unpause")).toEqual([204, ""]);
    expect(await statusAndText(server, "POST", "/containers/x/rename?name=y")).toEqual([204, ""]);
    expect(await statusAndText(server, "POST", "/containers/x/resize?h=24&w=80")).toEqual([200, ""]);
    expect(await statusAndText(server, "DELETE", "/containers/x?v=1&force=true")).toEqual([204, ""]);
    expect(await statusAndText(server, "GET", "/containers//x/json?size=1")).toEqual([200, '{"Id":"1"}\n']);
    expect(await statusAndText(server, "GET", "/containers/x/top?ps_args=-ef")).toEqual([
      200,
      '{"Titles":["PID"],"Processes":[]}\n',
    ]);
    expect(calls).toEqual([
      ["kill", "x", "9"],
      ["pause", "x"],
      ["unpause", "x"],
      ["rename", "x", "y"],
      ["resize", "x", 24, 80],
      ["remove", "x", { force: true, volumes: true, link: false }],
      ["inspect", "/x", { size: true }],
      ["top", "x", "-ef"],
    ]);
  });

  test("refusals in Docker's words", async () => {
    await using server = await startServer({
      containers: {
        start: async (name) => {
          throw notFound(`No such container: ${name}`);
        },
      },
    });
    expect(await statusAndText(server, "POST", "/containers/nope/start")).toEqual([
      404,
      '{"message":"No such container: nope"}\n',
    ]);
    expect(await statusAndText(server, "POST", "/containers/x/rename")).toEqual([
      400,
      '{"message":"Neither old nor new names may be empty"}\n',
    ]);
    expect(await statusAndText(server, "POST", "/containers/x/resize?h=a&w=1")).toEqual([
      400,
      '{"message":"invalid resize height \\"a\\": invalid syntax"}\n',
    ]);
    expect(await statusAndText(server, "POST", "/containers/x/resize?h=1&w=99999")).toEqual([
      400,
      '{"message":"invalid resize width \\"99999\\": value out of range"}\n',
    ]);
  });
});

describe("commit", () => {
  test("reads its query and the configuration in its body, and answers the image's id", async () => {
    await using setup = await noting({ commit: `sha256:${"a".repeat(64)}` });
    const { server, calls } = setup;
    const query = "container=c&repo=app&tag=1&comment=why&author=me&changes=CMD%20a&changes=USER%20b&pause=0";
    expect(await statusAndText(server, "POST", `/v1.51/commit?${query}`, '{"env":["A=1"]}')).toEqual([
      201,
      `{"Id":"sha256:${"a".repeat(64)}"}\n`,
    ]);
    for (const body of [undefined, "{}", "null", '{"container":"c"}']) {
      expect((await statusAndText(server, "POST", "/commit?container=c&tag=alone", body))[0]).toBe(201);
    }
    const given = { author: "me", comment: "why", pause: false, changes: ["CMD a", "USER b"] };
    const plain = { reference: undefined, author: undefined, comment: undefined, pause: true, changes: [] };
    expect(calls).toEqual([
      ["commit", "c", { ...given, reference: "app:1", config: { Env: ["A=1"] } }],
      ...Array(4).fill(["commit", "c", { ...plain, config: undefined }]),
    ]);
  });

  test("refuses what Docker refuses", async () => {
    await using server = await startServer();
    const refuse = async (query: string, body?: string) => {
      const [status, text] = await statusAndText(server, "POST", `/commit?${query}`, body);
      expect(status).toBe(400);
      return JSON.parse(text as string).message;
    };
    expect(await refuse("")).toBe('invalid name or ID supplied: ""');
    expect(await refuse("container=c&repo=a&tag=b%20c")).toBe("invalid tag format");
    expect(await refuse("container=c&repo=A")).toContain("must be lowercase");
    expect(await refuse("container=c", '{"Env":3}')).toStartWith("invalid JSON: Env: expected ");
    expect(await refuse("container=c", "[]")).toStartWith("invalid JSON: ");
  });
});
