import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isKind } from "../core/index.ts";
import { listen, parseHost } from "./listen.ts";
import { serve } from "./server.ts";
import { engineOf } from "./test-support.ts";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "berth-listen-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const socket = () => join(directory, "deep", "api.sock");
const failure = (work: Promise<unknown>) => work.then(() => undefined).catch((error: unknown) => error);

describe("parseHost", () => {
  test("unix and tcp", () => {
    expect(parseHost("unix:///run/x.sock")).toEqual({ kind: "unix", path: "/run/x.sock" });
    expect(parseHost("tcp://127.0.0.1:99")).toEqual({ kind: "tcp", hostname: "127.0.0.1", port: 99 });
    expect(parseHost("tcp://[::1]:99/")).toEqual({ kind: "tcp", hostname: "::1", port: 99 });
    expect(parseHost("tcp://0.0.0.0")).toEqual({ kind: "tcp", hostname: "0.0.0.0", port: 2375 });
    expect(parseHost("tcp://:99")).toEqual({ kind: "tcp", hostname: "127.0.0.1", port: 99 });
  });

  test.each([
    "",
    "x",
    "unix://x",
    "unix://",
    `unix:///${"a".repeat(120)}`,
    "tcp://a:b",
    "tcp://a:70000",
    "http://a",
  ])("refuses %s", (host) => expect(() => parseHost(host)).toThrow(/invalid host/));

  test("says what it does not offer", () => {
    expect(() => parseHost("fd://")).toThrow(/cannot listen on fd:/);
  });
});

describe("listen", () => {
  test("a unix socket is for its owner and group alone, and goes when stopped", async () => {
    const listener = await listen(parseHost(`unix://${socket()}`), () => {});
    expect(statSync(socket()).mode & 0o777).toBe(0o660);
    listener.stop();
    expect(existsSync(socket())).toBe(false);
  });

  test("refuses a socket that answers, and takes over one that a dead program left", async () => {
    const first = await listen(parseHost(`unix://${socket()}`), () => {});
    const second = await failure(listen(parseHost(`unix://${socket()}`), () => {}));
    expect(isKind(second, "conflict")).toBe(true);
    first.stop();
    const dead = Bun.spawnSync([
      process.execPath,
      "-e",
      `Bun.listen({ unix: ${JSON.stringify(socket())}, socket: { data() {} } }); process.kill(process.pid, "SIGKILL")`,
    ]);
    expect(dead.signalCode).toBe("SIGKILL");
    expect(existsSync(socket())).toBe(true);
    const third = await listen(parseHost(`unix://${socket()}`), () => {});
    third.stop();
  });

  test("leaves a file that is no socket alone", async () => {
    const path = join(directory, "file");
    writeFileSync(path, "precious");
    const error = await failure(listen(parseHost(`unix://${path}`), () => {}));
    expect(isKind(error, "conflict")).toBe(true);
    expect(await Bun.file(path).text()).toBe("precious");
  });
});

describe("serve", () => {
  test("warns of an open TCP port, and serves there", async () => {
    const warnings: string[] = [];
    const server = await serve(engineOf({}), ["tcp://127.0.0.1:0"], { warn: (text) => warnings.push(text) });
    const address = server.addresses[0] as string;
    expect(address).toMatch(/^tcp:\/\/127\.0\.0\.1:[1-9]\d*$/);
    expect(warnings).toHaveLength(1);
    expect(await (await fetch(`${address.replace("tcp", "http")}/_ping`)).text()).toBe("OK");
    await server.close();
  });

  test("when one host cannot be had, none is left", async () => {
    const taken = await listen(parseHost(`unix://${socket()}`), () => {});
    const other = join(directory, "other.sock");
    const error = await failure(serve(engineOf({}), [`unix://${other}`, `unix://${socket()}`]));
    expect(isKind(error, "conflict")).toBe(true);
    expect(existsSync(other)).toBe(false);
    taken.stop();
  });
});
