/** The rules that hold for every route of the Engine API, as clients of all ages rely on them. */
import { beforeAll, expect, test } from "bun:test";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { TestEngine } from "../harness/index.ts";

const engine = new TestEngine("api").use();
const { api } = engine;
const name = `${engine.token}-box`;
const labels = { purpose: engine.token };
let id = "";

interface Reply {
  status: number;
  message: string;
}

/** Status and error message of a request. */
async function answer(
  method: string,
  path: string,
  options: Parameters<typeof api.request>[2] = {},
): Promise<Reply> {
  const reply = await api.request(method, path, options);
  const body = await reply.text();
  let message = body.trim();
  try {
    message = JSON.parse(body).message ?? body;
  } catch {
    // Some bodies are plain text, some are empty.
  }
  return { status: reply.status, message };
}

/** Writes a request as bytes and reads what comes back until the other side is done; `input` follows the reply's head. */
async function raw(head: string[], body = "", input?: string): Promise<string> {
  const socket = connect(api.socket);
  socket.write(`${[...head, "Host: engine"].join("\r\n")}\r\n\r\n${body}`);
  if (input !== undefined) socket.once("data", () => socket.end(input));
  return text(socket);
}

beforeAll(async () => {
  const json = { Image: engine.base, Cmd: ["sleep", "100000"], Labels: labels };
  id = (await api.json<{ Id: string }>("POST", "/v1.51/containers/create", { query: { name }, json })).Id;
  await api.json("POST", `/containers/${id}/start`);
});

test("ping: body, headers, HEAD without a body", async () => {
  const reply = await api.request("GET", "/_ping");
  expect(await reply.text()).toBe("OK");
  expect(Object.fromEntries(reply.headers)).toMatchObject({
    "api-version": "1.51",
    ostype: "linux",
    "docker-experimental": "false",
    "cache-control": "no-cache, no-store, must-revalidate",
    pragma: "no-cache",
  });
  expect(reply.headers.get("server")).toMatch(/\(linux\)$/);
  const head = await raw(["HEAD /_ping HTTP/1.1", "Connection: close"]);
  expect(head).toStartWith("HTTP/1.1 200 OK\r\n");
  expect(head.split("\r\n\r\n")[1]).toBe("");
});

test("every reply has the engine's headers, errors too", async () => {
  for (const path of ["/info", "/v1.24/version", "/containers/nosuch/json", "/images/nosuch/json"]) {
    const { headers } = await api.request("GET", path);
    expect({ path, version: headers.get("api-version"), os: headers.get("ostype") }).toEqual({
      path,
      version: "1.51",
      os: "linux",
    });
  }
});

test("an unknown path and a wrong method are both not found", async () => {
  const notFound = { status: 404, message: "page not found" };
  expect(await answer("GET", "/nosuch")).toEqual(notFound);
  expect(await answer("GET", "/v1.51/nosuch")).toEqual(notFound);
  expect(await answer("DELETE", "/info")).toEqual(notFound);
  expect(await answer("POST", "/containers/json")).toEqual(notFound);
});

test("versions: newer and older than can be spoken are refused, what is between works", async () => {
  expect(await answer("GET", "/v1.99/info")).toEqual({
    status: 400,
    message: "client version 1.99 is too new. Maximum supported API version is 1.51",
  });
  const old = await answer("GET", "/v1.20/info");
  expect(old.status).toBe(400);
  expect(old.message).toContain("client version 1.20 is too old. Minimum supported API version is 1.24");
  for (const version of ["1.24", "1.41", "1.51"]) {
    expect((await answer("GET", `/v${version}/containers/${id}/json`)).status).toBe(200);
  }
});

test("bodies: the content type, the syntax, what comes after, and empty ones", async () => {
  const create = (body: string, type?: string) =>
    answer("POST", "/containers/create", { body, headers: type ? { "Content-Type": type } : {} });
  const body = JSON.stringify({ Image: engine.base });
  expect((await create(body, "text/plain")).message).toContain("must be 'application/json'");
  expect((await create("{", "application/json")).status).toBe(400);
  expect((await create(`${body}{}`, "application/json")).status).toBe(400);
  expect(await create("{}", "application/json")).toMatchObject({ status: 400 });
  expect(await answer("POST", `/containers/${id}/stop`, { json: { t: 3 }, query: { t: "0" } })).toMatchObject(
    { status: 204 },
  );
  expect((await answer("POST", `/containers/${id}/start`)).status).toBe(204);
});

test("field names are read in any case, unknown ones are left alone", async () => {
  const json = {
    image: engine.base,
    CMD: ["true"],
    labels,
    hostconfig: { autoremove: true },
    NoSuchField: 1,
  };
  const made = await api.json<{ Id: string; Warnings: string[] }>("POST", "/containers/create", { json });
  expect(made.Warnings).toEqual([]);
  const it = await api.json<{ Config: { Cmd: string[] }; HostConfig: { AutoRemove: boolean } }>(
    "GET",
    `/containers/${made.Id}/json`,
  );
  expect(it.Config.Cmd).toEqual(["true"]);
  expect(it.HostConfig.AutoRemove).toBe(true);
  expect((await answer("DELETE", `/containers/${made.Id}`)).status).toBe(204);
});

test("filters: as a list, as a map, wrong ones", async () => {
  const list = (filters: unknown) =>
    api.json<{ Id: string }[]>("GET", "/containers/json", {
      query: { all: "1", filters: typeof filters === "string" ? filters : JSON.stringify(filters) },
    });
  const label = `purpose=${engine.token}`;
  expect((await list({ label: [label] })).map((one) => one.Id)).toEqual([id]);
  expect((await list({ label: { [label]: true } })).map((one) => one.Id)).toEqual([id]);
  expect(await list({ label: [label], status: ["exited"] })).toEqual([]);
  expect((await list({ label: [label], status: ["exited", "running"] })).length).toBe(1);
  expect(await answer("GET", "/containers/json", { query: { filters: '{"bogus":["1"]}' } })).toEqual({
    status: 400,
    message: "invalid filter 'bogus'",
  });
  expect((await answer("GET", "/containers/json", { query: { filters: "{" } })).status).toBe(400);
});

test("booleans of a query: 0, false, no, none and nothing are false", async () => {
  await api.json("POST", `/containers/${id}/stop`, { query: { t: "0" } });
  const filters = JSON.stringify({ label: [`purpose=${engine.token}`] });
  const shown = async (all: string) =>
    (await api.json<unknown[]>("GET", "/containers/json", { query: { all, filters } })).length;
  for (const no of ["", "0", "false", "no", "None", "FALSE"]) expect(await shown(no)).toBe(0);
  for (const yes of ["1", "true", "True", "yes"]) expect(await shown(yes)).toBe(1);
  await api.json("POST", `/containers/${id}/start`);
});

test("what is already so is not modified; what is not there is not found; what contradicts is a conflict", async () => {
  expect((await answer("POST", `/containers/${id}/start`)).status).toBe(304);
  expect(await answer("POST", "/containers/nosuch/start")).toEqual({
    status: 404,
    message: "No such container: nosuch",
  });
  expect(await answer("GET", "/images/nosuch/json")).toEqual({
    status: 404,
    message: "No such image: nosuch:latest",
  });
  expect((await answer("DELETE", `/containers/${id}`)).status).toBe(409);
  const taken = await answer("POST", "/containers/create", {
    query: { name },
    json: { Image: engine.base, Labels: labels },
  });
  expect(taken.status).toBe(409);
  expect(taken.message).toContain(`The container name "/${name}" is already in use by container`);
  await api.json("POST", `/containers/${id}/stop`, { query: { t: "0" } });
  expect((await answer("POST", `/containers/${id}/stop`)).status).toBe(304);
  expect((await answer("POST", `/containers/${id}/kill`)).status).toBe(409);
  expect((await answer("POST", `/containers/${id}/exec`, { json: { Cmd: ["true"] } })).status).toBe(409);
  await api.json("POST", `/containers/${id}/start`);
});

test("names: as a beginning of the id, and in paths with slashes", async () => {
  for (const key of [name, id, id.slice(0, 10)]) {
    expect((await api.json<{ Id: string }>("GET", `/containers/${key}/json`)).Id).toBe(id);
  }
  expect((await answer("GET", "/images/some/deep/name:1/json")).message).toBe(
    "No such image: some/deep/name:1",
  );
});

test("empty lists are lists", async () => {
  const query = { all: "1", filters: '{"label":["there=is-none"]}' };
  expect(await api.json("GET", "/containers/json", { query })).toEqual([]);
  expect(await api.json("GET", "/images/json", { query: { filters: query.filters } })).toEqual([]);
});

test("wait answers its headers at once and its body at the end", async () => {
  const json = { Image: engine.base, Cmd: ["sleep", "1"], Labels: labels };
  const { Id } = await api.json<{ Id: string }>("POST", "/containers/create", { json });
  const started = Date.now();
  const waiting = await api.request("POST", `/containers/${Id}/wait`, { query: { condition: "next-exit" } });
  expect(waiting.status).toBe(200);
  expect(Date.now() - started).toBeLessThan(700);
  await api.json("POST", `/containers/${Id}/start`);
  expect(await waiting.json()).toMatchObject({ StatusCode: 0 });
  await api.json("DELETE", `/containers/${Id}`);
});

test("logs: neither stream is a bad request; frames carry stream and length", async () => {
  expect((await answer("GET", `/containers/${id}/logs`)).status).toBe(400);
  const json = { Image: engine.base, Cmd: ["sh", "-c", "echo out; sleep 0.2; echo err >&2"], Labels: labels };
  const { Id } = await api.json<{ Id: string }>("POST", "/containers/create", { json });
  await api.json("POST", `/containers/${Id}/start`);
  await api.json("POST", `/containers/${Id}/wait`);
  const reply = await api.request("GET", `/containers/${Id}/logs`, { query: { stdout: "1", stderr: "1" } });
  expect(reply.headers.get("content-type")).toBe("application/vnd.docker.multiplexed-stream");
  const bytes = Buffer.from(await reply.arrayBuffer());
  expect(bytes.toString("latin1")).toBe("\x01\0\0\0\0\0\0\x04out\n\x02\0\0\0\0\0\0\x04err\n");
  await api.json("DELETE", `/containers/${Id}`);
});

test("hijacked connections: with Upgrade and, for older clients, without", async () => {
  const exec = () =>
    api.json<{ Id: string }>("POST", `/containers/${id}/exec`, {
      json: { Cmd: ["cat"], AttachStdin: true, AttachStdout: true },
    });
  const start = async (...headers: string[]) => {
    const body = JSON.stringify({ Detach: false, Tty: false });
    const head = [
      `POST /v1.41/exec/${(await exec()).Id}/start HTTP/1.1`,
      "Content-Type: application/json",
      `Content-Length: ${body.length}`,
      ...headers,
    ];
    return raw(head, body, "typed\n");
  };
  const upgraded = await start("Connection: Upgrade", "Upgrade: tcp");
  expect(upgraded).toStartWith("HTTP/1.1 101 UPGRADED\r\n");
  expect(upgraded).toEndWith("\x01\0\0\0\0\0\0\x06typed\n");
  const plain = await start();
  expect(plain).toStartWith("HTTP/1.1 200 OK\r\n");
  expect(plain).toEndWith("\x01\0\0\0\0\0\0\x06typed\n");
});

test("an exec that has run is not run again, and its status stays", async () => {
  const { Id } = await api.json<{ Id: string }>("POST", `/containers/${id}/exec`, {
    json: { Cmd: ["sh", "-c", "exit 9"], AttachStdout: true },
  });
  await (await api.request("POST", `/exec/${Id}/start`, { json: {} })).text();
  expect(await api.json("GET", `/exec/${Id}/json`)).toMatchObject({
    Running: false,
    ExitCode: 9,
    ContainerID: id,
  });
  expect((await answer("POST", `/exec/${Id}/start`, { json: { Detach: true } })).status).toBe(409);
  expect(await answer("GET", "/exec/nosuch/json")).toMatchObject({
    status: 404,
    message: "No such exec instance: nosuch",
  });
});

test("events of the past end by themselves", async () => {
  const now = String(Math.floor(Date.now() / 1000));
  const filters = JSON.stringify({ container: [name], event: ["start"] });
  const reply = await api.request("GET", "/events", { query: { since: "0", until: now, filters } });
  const lines = (await reply.text()).trim().split("\n");
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({
    Type: "container",
    Action: "start",
    Actor: { ID: id, Attributes: { name, purpose: engine.token } },
    scope: "local",
    status: "start",
  });
});

test("a broken request does not hurt the next one", async () => {
  for (const bytes of [
    "\0\0\0\0",
    "GET\r\n\r\n",
    "GET / HTTP/1.1\r\nbad header\r\n\r\n",
    "POST /build HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
  ]) {
    const socket = connect(api.socket);
    socket.on("error", () => {});
    socket.end(bytes);
    await text(socket).catch(() => "");
    expect(await (await api.request("GET", "/_ping")).text()).toBe("OK");
  }
});
