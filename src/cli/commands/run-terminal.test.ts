import { describe, expect, test } from "bun:test";
import type { Socket } from "node:net";
import { type OnTerminal, onTerminal } from "../testing/on-terminal.ts";
import { type RawEngine, rawEngine } from "../testing/raw-engine.ts";

const ID = "b".repeat(64);

interface Running extends OnTerminal {
  readonly engine: RawEngine;
  readonly sizes: string[];
}

/** `berth run -it` on a terminal of its own; the container echoes each line in angle brackets and ends with `exit`. */
async function start(...args: string[]): Promise<Running> {
  let stream: Socket | undefined;
  let end: (value: unknown) => void = () => undefined;
  const sizes: string[] = [];
  const engine = await rawEngine((exchange) => {
    const { path, query } = exchange;
    if (path === "/containers/create") exchange.json({ Id: ID, Warnings: [] }, 201);
    else if (path.endsWith("/attach")) stream = exchange.hijack(false);
    else if (path.endsWith("/wait")) ({ end } = exchange.later());
    else if (path.endsWith("/resize")) {
      sizes.push(`${query.get("w")}x${query.get("h")}`);
      exchange.empty(200);
    } else if (path.endsWith("/start")) {
      exchange.empty();
      stream?.write("ready\n");
      stream?.on("data", (bytes: Buffer) => {
        const text = bytes.toString();
        if (text.includes("exit")) {
          stream?.end("bye\n");
          end({ StatusCode: 5 });
        } else stream?.write(`<${text.replaceAll("\r", "CR").replaceAll("\x03", "INT")}>`);
      });
      stream?.resume();
    } else exchange.empty();
  });
  const { argv, env } = engine.command(["run", "-it", ...args, "img"]);
  const terminal = onTerminal(argv, env);
  return {
    ...terminal,
    engine,
    sizes,
    async [Symbol.asyncDispose]() {
      await terminal[Symbol.asyncDispose]();
      await engine[Symbol.asyncDispose]();
    },
  };
}

describe("run -it", () => {
  test("passes every key and every byte of output as it is, and puts the terminal back", async () => {
    await using run = await start();
    const before = run.settings();
    await run.shows("ready\n");
    expect(run.settings()).not.toBe(before);
    run.type("a\r");
    await run.shows("<aCR>");
    run.type("\x03");
    await run.shows("<INT>");
    run.type("exit");
    expect(await run.exited).toBe(5);
    expect(run.shown()).toBe("ready\n<aCR><INT>bye\n");
    expect(run.settings()).toBe(before);
  });

  test("tells the size at the start and at every change", async () => {
    await using run = await start();
    await run.shows("ready");
    run.resize(100, 30);
    for (let attempt = 0; attempt < 300 && !run.sizes.includes("100x30"); attempt++) await Bun.sleep(10);
    expect(run.sizes).toEqual(["80x24", "100x30"]);
    expect(run.engine.bodies.get("/containers/create")).toMatchObject({
      Tty: true,
      HostConfig: { ConsoleSize: [24, 80] },
    });
  });

  test("the keys that detach leave the container running", async () => {
    await using run = await start();
    await run.shows("ready");
    run.type("\x10");
    run.type("x");
    await run.shows("<\x10x>");
    run.type("\x10\x11");
    expect(await run.exited).toBe(0);
    expect(run.engine.requests.at(-1)).toBe(`POST /containers/${ID}/resize`);
  });

  test("other keys can be chosen", async () => {
    await using run = await start("--detach-keys", "ctrl-a,d");
    await run.shows("ready");
    run.type("\x10\x11");
    await run.shows("<\x10\x11>");
    run.type("\x01d");
    expect(await run.exited).toBe(0);
  });

  test("a signal that ends the client puts the terminal back", async () => {
    await using run = await start("--sig-proxy=false");
    const before = run.settings();
    await run.shows("ready");
    expect(run.settings()).not.toBe(before);
    run.kill("SIGTERM");
    expect(await run.exited).toBe(143);
    expect(run.settings()).toBe(before);
  });
});
