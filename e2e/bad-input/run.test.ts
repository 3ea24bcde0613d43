/** Wrong names, ports, files and archives: one line that names them, Docker's status, and nothing half-made stays. */
import { expect, test } from "bun:test";
import { createServer } from "node:net";
import { leavesNothing } from "../harness/data-root.ts";
import { bothClis, directoryOf, TestEngine } from "../harness/index.ts";

const engine = new TestEngine("bad-run").use();
/** Docker's usage and closing hints, the line that announces a pull, the summary of `start`, and a suggestion. */
const NOT_THE_ERROR =
  /^Usage: |^(Run|See) '.*--help'|^Unable to find image|^Error: failed to start containers|^Did you mean/;

bothClis(engine, (cli) => {
  /** Runs a command that must fail with `status`; checks that no trace stays; returns the line of the error. */
  async function refused(status: number, args: string[], stdin?: Uint8Array<ArrayBuffer>): Promise<string> {
    let said = "";
    const attempt = async () => {
      const { code, stderr } = await cli.run(args, stdin ? { stdin } : {});
      expect({ code, stderr: code === status ? "" : stderr }).toEqual({ code: status, stderr: "" });
      said = stderr;
    };
    if (engine.isOracle) await attempt();
    else await leavesNothing(engine.record, attempt);
    const lines = said.split("\n").filter((line) => line.trim() !== "" && !NOT_THE_ERROR.test(line));
    expect(lines.length).toBe(1);
    return lines.join("");
  }

  test("a bad reference", async () => {
    expect(await refused(125, ["run", "--rm", "--pull", "never", "Upper"])).toContain("repository name");
    expect(await refused(125, ["run", "--rm", "--pull", "never", "a::b"])).toContain(
      "invalid reference format",
    );
    expect(await refused(1, ["tag", engine.base, "bad::tag"])).toContain("bad::tag");
  });

  test("an image that is not there", async () => {
    const missing = `${engine.token}/no-such:1`;
    expect(await refused(1, ["rmi", missing])).toContain(`No such image: ${missing}`);
    expect(await refused(1, ["tag", missing, "x:1"])).toContain(missing);
    expect(await refused(125, ["run", "--pull", "never", "--rm", missing])).toContain(missing);
  });

  test("a name in use: by whom, and what to do", async () => {
    const name = cli.unique("taken");
    const id = await cli.ok("create", "--name", name, engine.base);
    const said = await refused(125, ["run", "--name", name, engine.base, "true"]);
    expect(said).toContain(`The container name "/${name}" is already in use by container "${id}"`);
    expect(said).toContain("remove (or rename)");
    await cli.ok("rm", name);
  });

  test("a name that is none", async () => {
    expect(await refused(125, ["run", "--name", "has space", engine.base])).toContain("has space");
    expect(await refused(125, ["run", "--name", "-x", engine.base])).toContain("-x");
  });

  test("a port that another container has", async () => {
    const holder = cli.unique("holder");
    await cli.ok("run", "-d", "--name", holder, "-p", "127.0.0.1::80", engine.base, "sleep", "1000");
    const address = await cli.ok("port", holder, "80");
    const said = await refused(125, ["run", "--rm", "-p", `${address}:80`, engine.base, "true"]);
    expect(said).toContain("port is already allocated");
    expect(said).toContain(address);
    if (!engine.isOracle) expect(said).toContain(holder);
    await cli.ok("rm", "-f", holder);
  });

  test("a port that a program of the host has", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    const { port } = server.address() as { port: number };
    const said = await refused(125, ["run", "--rm", "-p", `127.0.0.1:${port}:80`, engine.base, "true"]);
    server.close();
    expect(said).toContain(`127.0.0.1:${port}`);
    expect(said).toMatch(/already (in use|allocated)/);
  });

  test("ports, environment files, volumes and flags that make no sense", async () => {
    expect(await refused(125, ["run", "--rm", "-p", "99999:80", engine.base])).toContain("99999");
    expect(await refused(125, ["run", "--rm", "-p", "80:eighty", engine.base])).toContain("eighty");
    expect(await refused(125, ["run", "--rm", "--env-file", "/no/such/file", engine.base])).toContain(
      "/no/such/file",
    );
    expect(
      await refused(125, ["run", "--rm", "--mount", "type=bind,src=/no/such/folder,dst=/x", engine.base]),
    ).toContain("/no/such/folder");
    expect(await refused(125, ["run", "--rm", "--memory", "lots", engine.base])).toContain("lots");
    expect(await refused(125, ["run", "--rm", "--network", "no-such-net", engine.base])).toContain(
      "no-such-net",
    );
    expect(await refused(125, ["run", "--rm", "--nmae", "x", engine.base])).toContain("--nmae");
  });

  test("a command that is not in the image", async () => {
    const name = cli.unique("nocommand");
    const said = await refused(127, ["run", "--rm", "--name", name, engine.base, "no-such-program"]);
    expect(said).toContain('"no-such-program": executable file not found in $PATH');
    expect((await cli.run(["container", "inspect", name])).code).toBe(1);
  });

  test("a runtime that is not there", async () => {
    expect(await refused(125, ["run", "--rm", "--runtime", "nosuchruntime", engine.base])).toContain(
      "nosuchruntime",
    );
  });

  test("a container that is not there, or does not run", async () => {
    for (const command of ["start", "stop", "kill", "logs", "restart", "top", "port"]) {
      expect(await refused(1, [command, "nosuch"])).toContain("No such container: nosuch");
    }
    const name = cli.unique("idle");
    const id = await cli.ok("create", "--name", name, engine.base);
    expect(await refused(1, ["exec", name, "true"])).toContain(`container ${id} is not running`);
    expect(await refused(1, ["kill", name])).toContain("is not running");
    await cli.ok("rm", name);
  });

  test("exec as a user or group that is not there", async () => {
    const name = cli.unique("users");
    await cli.ok("run", "-d", "--name", name, engine.base, "sleep", "1000");
    for (const [user, message] of [
      ["nosuch", "unable to find user nosuch: no matching entries in passwd file"],
      ["root:nosuch", "unable to find group nosuch: no matching entries in group file"],
      ["99999999999", "uids and gids must be in range 0-2147483647"],
    ] as const) {
      for (const flags of [
        ["-u", user],
        ["-d", "-u", user],
      ]) {
        const { code, stdout, stderr } = await cli.run(["exec", ...flags, name, "echo", "here"]);
        expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
        expect(stderr).toContain(message);
      }
    }
    expect(await cli.ok("exec", "-u", "app", name, "id", "-u")).toBe("1000");
    await cli.ok("rm", "-f", name);
  });

  test("an archive that is none, is damaged or breaks off", async () => {
    using folder = await directoryOf({ "text.tar": "just some text, and not little of it. ".repeat(100) });
    await refused(1, ["load", "-i", `${folder.path}/text.tar`]);
    expect(await refused(1, ["load", "-i", `${folder.path}/missing.tar`])).toContain("missing.tar");
    const whole = new Uint8Array(await new Response(cli.spawn(["save", engine.base]).stdout).arrayBuffer());
    await refused(1, ["load"], whole.slice(0, Math.floor(whole.length / 2)));
    await refused(1, ["load"], new Uint8Array(Bun.gzipSync(whole)).slice(0, 100_000));
    // The layer's name is its digest: one changed byte in it must be noticed. A name no image here has, or it is skipped.
    const damaged = whole.slice();
    const at = Buffer.from(damaged.buffer).indexOf("busybox", 500_000);
    damaged[at < 0 ? 600_000 : at] = (damaged[at < 0 ? 600_000 : at] ?? 0) ^ 0xff;
    if (!engine.isOracle) {
      await cli.ok("rmi", "-f", engine.base);
      await refused(1, ["load"], damaged);
      await cli.run(["load"], { stdin: whole });
    }
    expect(await cli.ok("run", "--rm", engine.base, "echo", "still fine")).toBe("still fine");
  });

  test("an upload that breaks off", async () => {
    const query = { fromSrc: "-", repo: cli.image("cut").split(":")[0] ?? "", tag: "1" };
    const attempt = async () => {
      const socket = await Bun.connect({ unix: engine.api.socket, socket: { data() {} } });
      socket.write(
        `POST /images/create?${new URLSearchParams(query)} HTTP/1.1\r\nHost: engine\r\nContent-Length: 1000000\r\n\r\n${"x".repeat(5000)}`,
      );
      await Bun.sleep(100);
      socket.end();
      await Bun.sleep(100);
    };
    if (engine.isOracle) await attempt();
    else await leavesNothing(engine.record, attempt);
    expect((await cli.run(["image", "inspect", cli.image("cut:1")])).code).toBe(1);
  });

  test("an unknown command suggests the nearest", async () => {
    const { code, stderr } = await cli.run(["imagse"]);
    expect(code).not.toBe(0);
    expect(stderr).toContain("imagse");
    if (cli.name === "berth") expect(stderr).toMatch(/berth images?/);
  });
});
