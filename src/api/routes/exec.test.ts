import { describe, expect, test } from "bun:test";
import { conflict, invalid, notFound } from "../../core/index.ts";
import type { ExecInspect } from "../../spec/index.ts";
import { TestAttachment } from "../test-attachment.ts";
import { eventually, startServer } from "../test-support.ts";

const JSON_BODY = { "Content-Type": "application/json" };

function inspect(parts: Partial<ExecInspect> = {}): ExecInspect {
  return {
    ID: "e",
    Running: false,
    ExitCode: null,
    ProcessConfig: { tty: false, entrypoint: "sh", arguments: [], privileged: false },
    OpenStdin: true,
    OpenStderr: true,
    OpenStdout: true,
    CanRemove: false,
    ContainerID: "c",
    DetachKeys: "",
    Pid: 0,
    ...parts,
  };
}

const start = (headers: string, body: string) =>
  `POST /exec/e/start HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\n${headers}\r\n${body}`;

describe("exec", () => {
  test("create reads its body in any case and answers 201", async () => {
    const seen: unknown[] = [];
    await using server = await startServer({
      containers: {
        execCreate: async (name, body) => {
          seen.push(name, body);
          return { Id: "e1" };
        },
      },
    });
    const reply = await server.fetch("/v1.51/containers/c/exec", {
      method: "POST",
      headers: JSON_BODY,
      body: '{"cmd":["ls","-l"],"TTY":true,"Env":null,"Nonsense":1}',
    });
    expect([reply.status, await reply.json()]).toEqual([201, { Id: "e1" }]);
    expect(seen).toEqual(["c", { Cmd: ["ls", "-l"], Tty: true }]);
  });

  test("inspect is passed on, ExitCode null while it runs", async () => {
    await using server = await startServer({ containers: { execInspect: () => inspect({ Running: true }) } });
    expect(await (await server.fetch("/exec/e/json")).json()).toMatchObject({
      Running: true,
      ExitCode: null,
    });
  });

  test("detached: 200 and nothing else; failures are statuses", async () => {
    let answer: () => null = () => null;
    await using server = await startServer({
      containers: { execInspect: () => inspect(), execStart: async () => answer() },
    });
    const detached = () =>
      server.fetch("/exec/e/start", { method: "POST", headers: JSON_BODY, body: '{"Detach":true}' });
    const fine = await detached();
    expect([fine.status, await fine.text()]).toEqual([200, ""]);
    answer = () => {
      throw conflict("exec command e has already run");
    };
    const again = await detached();
    expect([again.status, await again.text()]).toEqual([
      409,
      '{"message":"exec command e has already run"}\n',
    ]);
  });

  test("attached, with an upgrade, the body and the first input in one packet", async () => {
    const process = new TestAttachment();
    await using server = await startServer({
      containers: { execInspect: () => inspect(), execStart: async () => process },
    });
    const client = await server.connect();
    client.send(start("Content-Length: 2\r\nUpgrade: tcp\r\nConnection: Upgrade\r\n", "{}hello"));
    const head = await client.until("\r\n\r\n");
    expect(head).toStartWith("HTTP/1.1 101 UPGRADED\r\n");
    expect(head).toContain("multiplexed-stream");
    client.halfClose();
    await eventually(() => process.inputClosed);
    expect(process.input).toBe("hello");
    process.say("world");
    process.exit();
    expect(await client.rest()).toBe("\x01\0\0\0\0\0\0\x05world");
  });

  test("attached without an upgrade, the JSON at the start of a chunked body that stays open", async () => {
    const process = new TestAttachment();
    await using server = await startServer({
      containers: { execInspect: () => inspect(), execStart: async () => process },
    });
    const client = await server.connect();
    const body = '{"Detach":false,"Tty":false}';
    client.send(start("Transfer-Encoding: chunked\r\n", `${body.length.toString(16)}\r\n${body}\r\n`));
    expect(await client.until("\r\n\r\n")).toStartWith("HTTP/1.1 200 OK\r\n");
    client.send("6\r\ninput!\r\n0\r\n\r\n");
    await eventually(() => process.inputClosed);
    expect(process.input).toBe("input!");
    process.exit();
    await client.rest();
  });

  test("the start's own Tty decides how output is framed, as clients expect", async () => {
    const process = new TestAttachment(true);
    const seen: unknown[] = [];
    await using server = await startServer({
      containers: {
        execInspect: () => inspect({ OpenStdin: false }),
        execStart: async (id, options) => {
          seen.push(id, options);
          return process;
        },
      },
    });
    const client = await server.connect();
    const body = '{"Tty":true,"ConsoleSize":[24,80]}';
    client.send(start(`Content-Length: ${body.length}\r\n`, `${body}dropped`));
    await client.until("\r\n\r\n");
    process.say("bare");
    process.exit();
    expect(await client.rest()).toBe("bare");
    expect(process.input).toBe("");
    expect(seen).toEqual(["e", { detach: false, tty: true, consoleSize: [24, 80] }]);
  });

  test("what fails after the stream has begun is text in it", async () => {
    await using server = await startServer({
      containers: {
        execInspect: () => inspect(),
        execStart: async () => {
          throw invalid('OCI runtime exec failed: exec: "nope": executable file not found in $PATH');
        },
      },
    });
    const client = await server.connect();
    client.send(start("Content-Length: 2\r\n", "{}"));
    expect(await client.until("\r\n\r\n")).toStartWith("HTTP/1.1 200");
    expect(await client.rest()).toMatch(
      /^\x01\0\0\0\0\0\0.OCI runtime exec failed: .* not found in \$PATH\r\n$/,
    );
  });

  test("an exec that is not there is a 404; a wrong body a 400; no body is fine", async () => {
    const process = new TestAttachment();
    process.exit();
    await using server = await startServer({
      containers: {
        execInspect: (id) => {
          if (id === "e") return inspect();
          throw notFound(`No such exec instance: ${id}`);
        },
        execStart: async () => process,
        execResize: async () => {},
      },
    });
    const missing = await server.fetch("/exec/nope/start", {
      method: "POST",
      headers: JSON_BODY,
      body: "{}",
    });
    expect([missing.status, await missing.text()]).toEqual([
      404,
      '{"message":"No such exec instance: nope"}\n',
    ]);
    const type = await server.fetch("/exec/e/start", {
      method: "POST",
      headers: { "Content-Type": "text/plain" },
      body: "{}",
    });
    expect([type.status, await type.text()]).toEqual([
      400,
      `{"message":"unsupported Content-Type header (text/plain): must be 'application/json'"}\n`,
    ]);
    expect(await server.exchange("POST /exec/e/start HTTP/1.1\r\nHost: d\r\n\r\n")).toStartWith(
      "HTTP/1.1 200",
    );
    expect((await server.fetch("/exec/e/resize?h=2&w=3", { method: "POST" })).status).toBe(200);
    expect((await server.fetch("/exec/e/resize?h=2", { method: "POST" })).status).toBe(400);
  });
});
