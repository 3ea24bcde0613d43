import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import type { Socket } from "node:net";
import { join } from "node:path";
import { type Exchange, frame, type RawEngine, rawEngine } from "../testing/raw-engine.ts";

const ID = "a".repeat(64);

interface Behaviour {
  /** What the container does once it runs; its output ends and it exits when this is done. */
  play?: (stream: Socket | undefined) => void | Promise<void>;
  exitCode?: number;
  /** Image is missing until it was pulled. */
  missing?: boolean;
  startError?: string;
  tty?: boolean;
}

/** An engine with one container. */
function engine(behaviour: Behaviour = {}): Promise<RawEngine> {
  let stream: Socket | undefined;
  let waiting: ReturnType<Exchange["later"]> | undefined;
  let missing = behaviour.missing === true;
  const ended = (code: number, error?: string) => {
    stream?.end();
    waiting?.end({ StatusCode: code, ...(error !== undefined && { Error: { Message: error } }) });
  };
  return rawEngine((exchange) => {
    const { method, path, query } = exchange;
    if (path === "/containers/create") {
      if (missing) return exchange.json({ message: "No such image: img:latest" }, 404);
      return exchange.json({ Id: ID, Warnings: ["careful"] }, 201);
    }
    if (path === "/images/create") {
      missing = false;
      return exchange.json({ status: `Pulling from ${query.get("fromImage")}:${query.get("tag")}` });
    }
    if (path.endsWith("/attach")) {
      stream = exchange.hijack(behaviour.tty !== true);
      return;
    }
    if (path.endsWith("/wait")) {
      waiting = exchange.later();
      return;
    }
    if (path.endsWith("/kill")) {
      stream?.write(frame(1, `signal ${query.get("signal")}\n`));
      exchange.empty();
      return ended(143);
    }
    if (path.endsWith("/start") && method === "POST") {
      if (behaviour.startError !== undefined) {
        ended(127, behaviour.startError);
        return exchange.json({ message: behaviour.startError }, 400);
      }
      exchange.empty();
      return void Promise.resolve(behaviour.play?.(stream)).then(() => ended(behaviour.exitCode ?? 0));
    }
    exchange.json({ message: "page not found" }, 404);
  });
}

const CALLS = [
  "POST /containers/create",
  `POST /containers/${ID}/attach`,
  `POST /containers/${ID}/wait`,
  `POST /containers/${ID}/start`,
];

describe("run", () => {
  test("attaches and waits before it starts; streams stay apart; the exit status is the container's", async () => {
    await using api = await engine({
      exitCode: 7,
      play: (stream) => {
        stream?.write(Buffer.concat([frame(1, "out\n"), frame(2, "err\n"), frame(1, "more\n")]));
      },
    });
    expect(await api.run(["run", "img", "cmd", "-x"])).toEqual({
      code: 7,
      out: "out\nmore\n",
      err: "WARNING: careful\nerr\n",
    });
    expect([
      ...api.requests.slice(0, 1),
      ...api.requests.slice(1, 3).sort(),
      ...api.requests.slice(3),
    ]).toEqual(CALLS);
    expect(api.bodies.get("/containers/create")).toMatchObject({ Image: "img", Cmd: ["cmd", "-x"] });
  });

  test("input that ends is passed on, and output that comes after it still arrives", async () => {
    await using api = await engine({
      play: (stream) =>
        new Promise((resolve) => {
          let received = "";
          stream?.on("data", (bytes: Buffer) => {
            received += bytes.toString();
          });
          stream?.on("end", () => {
            stream.write(frame(1, `got ${received.length} bytes`));
            resolve();
          });
          stream?.resume();
        }),
    });
    const { code, out } = await api.run(["run", "-i", "img", "cat"], "x".repeat(300_000));
    expect({ code, out }).toEqual({ code: 0, out: "got 300000 bytes" });
  });

  test("a missing image is pulled, and said on standard error only", async () => {
    await using api = await engine({ missing: true });
    expect(await api.run(["run", "-d", "img"])).toEqual({
      code: 0,
      out: `${ID}\n`,
      err: "Unable to find image 'img:latest' locally\nPulling from img:latest\nWARNING: careful\n",
    });
    expect(api.requests).toEqual([
      "POST /containers/create",
      "POST /images/create",
      "POST /containers/create",
      `POST /containers/${ID}/start`,
    ]);
  });

  test("--pull never leaves it missing", async () => {
    await using api = await engine({ missing: true });
    expect(await api.run(["run", "--pull", "never", "img"])).toEqual({
      code: 125,
      out: "",
      err: "berth: Error response from daemon: No such image: img:latest\n\nRun 'berth run --help' for more information\n",
    });
  });

  test.each([
    ['exec: "x": executable file not found in $PATH', 127],
    ["stat /x: no such file or directory", 127],
    ['exec: "/etc": permission denied', 126],
    ["something else", 125],
  ])("a start that fails with %p exits with %d", async (startError, code) => {
    await using api = await engine({ startError });
    expect(await api.run(["run", "--rm", "img"])).toEqual({
      code,
      out: "",
      err: `WARNING: careful\nberth: Error response from daemon: ${startError}\n\nRun 'berth run --help' for more information\n`,
    });
  });

  test("--cidfile holds the id, and is not there when no container was made", async () => {
    await using api = await engine();
    const path = join(api.directory, "id");
    expect((await api.run(["run", "-d", "--cidfile", path, "img"])).code).toBe(0);
    expect(readFileSync(path, "utf8")).toBe(ID);
    const again = await api.run(["run", "-d", "--cidfile", path, "img"]);
    expect(again.code).toBe(125);
    expect(again.err).toStartWith(
      "berth: container ID file found, make sure the other container isn't running",
    );
    await using none = await engine({ missing: true });
    const other = join(none.directory, "id");
    expect((await none.run(["run", "--pull", "never", "--cidfile", other, "img"])).code).toBe(125);
    expect(existsSync(other)).toBe(false);
  });

  test("signals go to the container, and its end is ours", async () => {
    await using api = await engine({
      play: async (stream) => {
        stream?.write(frame(1, "ready\n"));
        await Bun.sleep(5000);
      },
    });
    const { argv, env } = api.command(["run", "img"]);
    const child = Bun.spawn(argv, { env, stdin: "ignore", stdout: "pipe", stderr: "ignore" });
    const reader = child.stdout.getReader();
    expect(new TextDecoder().decode((await reader.read()).value)).toBe("ready\n");
    child.kill("SIGTERM");
    expect(new TextDecoder().decode((await reader.read()).value)).toBe("signal TERM\n");
    expect(await child.exited).toBe(143);
  });

  test.each([
    [
      ["run", "-d", "-a", "stdout", "img"],
      1,
      "conflicting options: cannot specify both --attach and --detach",
    ],
    [["run", "-it", "img"], 1, "the input device is not a TTY"],
    [["run", "--pull", "x", "img"], 125, "invalid pull option: 'x': must be one of"],
    [["run", "-m", "x", "img"], 125, 'invalid argument "x" for "-m, --memory" flag: invalid size: \'x\''],
    [["run", "--detach-keys", "xx", "img"], 125, "Unknown character: 'xx'"],
    [["run", "IMG"], 125, "berth: invalid reference format: repository name (library/IMG) must be lowercase"],
    [
      ["run", "--cpu-count", "1", "img"],
      1,
      '"--cpu-count" is only supported on a Docker daemon running on windows',
    ],
    [["create", "-p", "x", "img"], 125, "berth: invalid containerPort: x\n\nRun 'berth create --help'"],
    [["create", "IMG"], 1, "invalid reference format"],
  ] as const)("%p exits with %d before anything is asked", async (args, code, message) => {
    await using api = await engine();
    const ran = await api.run(args);
    expect(ran.code).toBe(code);
    expect(ran.err).toContain(message);
    expect(api.requests).toEqual([]);
  });
});

describe("create", () => {
  test("prints the id", async () => {
    await using api = await engine();
    expect(await api.run(["create", "--name", "n", "img"])).toEqual({
      code: 0,
      out: `${ID}\n`,
      err: "WARNING: careful\n",
    });
  });
});
