import { describe, expect, test } from "bun:test";
import { frame, type RawEngine, rawEngine } from "../testing/raw-engine.ts";

const ID = "c".repeat(64);

/** A container `web` in which one process runs: it prints, and ends with `code`. */
function engine({ code = 0, tty = false } = {}): Promise<RawEngine> {
  let asked = 0;
  return rawEngine((exchange) => {
    const { path } = exchange;
    if (path === "/containers/web/exec") exchange.json({ Id: "e1" }, 201);
    else if (path === "/exec/e1/start") {
      if (exchange.body.includes('"Detach":true')) return exchange.empty(200);
      const stream = exchange.hijack(!tty);
      stream.end(tty ? "raw\n" : Buffer.concat([frame(1, "out\n"), frame(2, "err\n")]));
    } else if (path === "/exec/e1/json") {
      // The engine may learn of the end a moment after the output has ended.
      asked++;
      exchange.json({ Running: asked === 1, ExitCode: asked === 1 ? null : code });
    } else if (path === "/containers/web/json") {
      exchange.json({ Id: ID, State: { Running: false }, Config: { Tty: tty } });
    } else if (path === "/containers/web/logs") exchange.json({ message: exchange.query.toString() }, 500);
    else exchange.json({ message: `No such container: ${path.split("/")[2]}` }, 404);
  });
}

describe("exec", () => {
  test("joins the streams and takes over the exit status", async () => {
    await using api = await engine({ code: 9 });
    expect(await api.run(["exec", "-e", "A=1", "-w", "/x", "-u", "1", "web", "cmd", "-x"])).toEqual({
      code: 9,
      out: "out\n",
      err: "err\n",
    });
    expect(api.bodies.get("/containers/web/exec")).toEqual({
      AttachStdin: false,
      AttachStdout: true,
      AttachStderr: true,
      Tty: false,
      Cmd: ["cmd", "-x"],
      Env: ["A=1"],
      User: "1",
      WorkingDir: "/x",
    });
  });

  test("with input", async () => {
    await using api = await engine();
    expect(await api.run(["exec", "-i", "web", "cat"], "abc")).toEqual({
      code: 0,
      out: "out\n",
      err: "err\n",
    });
  });

  test("a terminal's output is taken as it is", async () => {
    await using api = await engine({ tty: true });
    expect(await api.run(["exec", "-t", "web", "x"])).toEqual({ code: 0, out: "raw\n", err: "" });
  });

  test("detached it asks for nothing more", async () => {
    await using api = await engine();
    expect(await api.run(["exec", "-d", "web", "x"])).toEqual({ code: 0, out: "", err: "" });
    expect(api.requests).toEqual(["POST /containers/web/exec", "POST /exec/e1/start"]);
  });

  test.each([
    [["exec", "nope", "x"], 1, "Error response from daemon: No such container: nope\n"],
    [["exec", "", "x"], 1, "invalid container name or ID: value is empty\n"],
    [["exec", "-it", "web", "x"], 1, "the input device is not a TTY\n"],
    [["attach", "web"], 1, "You cannot attach to a stopped container, start it first\n"],
    [["start", "-a", "a", "b"], 1, "you cannot start and attach multiple containers at once\n"],
    [
      ["start", "nope", "gone"],
      1,
      "Error response from daemon: No such container: nope\nError response from daemon: No such container: gone\nError: failed to start containers: nope, gone\n",
    ],
    [
      ["rm", "nope", "gone"],
      1,
      "Error response from daemon: No such container: nope\nError response from daemon: No such container: gone\n",
    ],
    [["rm", "-f", "nope"], 0, "Error response from daemon: No such container: nope\n"],
    [["rm", "/"], 1, "container name cannot be empty\n"],
    [
      ["stop", "--time", "1", "--timeout", "1", "web"],
      1,
      "conflicting options: cannot specify both --timeout and --time\n",
    ],
    [
      ["logs", "--since", "abc", "web"],
      1,
      'invalid value for "since": failed to parse value as time or duration: "abc"\n',
    ],
    [
      ["logs", "--since", "2020-01-01", "--until", "2020-01-01T01:02:03.5", "-n", "5", "-t", "web"],
      1,
      "Error response from daemon: stdout=1&stderr=1&timestamps=1&since=1577836800.000000000&until=1577840523.500000000&tail=5\n",
    ],
  ] as const)("%p", async (args, code, err) => {
    await using api = await engine();
    expect(await api.run(args)).toEqual({ code, out: "", err });
  });
});
