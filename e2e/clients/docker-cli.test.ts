/** The road of a person with the real docker CLI, start to end, in one go. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { directoryOf, eventually, programOf, TestEngine } from "../harness/index.ts";

const engine = new TestEngine("docker-cli").use();

if (programOf("docker") === undefined) test.skip("the docker program is not on this machine", () => {});
else road();

function road(): void {
  const cli = engine.cli("docker");
  const image = cli.image("site");
  const name = cli.unique("site");

  describe("docker CLI", () => {
    test("version and info speak of a server", async () => {
      expect(await cli.ok("version", "-f", "{{.Server.APIVersion}} {{.Server.MinAPIVersion}}")).toBe(
        "1.51 1.24",
      );
      expect(await cli.ok("info", "-f", "{{.OSType}}")).toBe("linux");
      expect(await cli.ok("info")).toContain("Server Version:");
    });

    test("build", async () => {
      using context = await directoryOf({
        Dockerfile: `FROM ${engine.base}\nWORKDIR /www\nCOPY index.html .\nEXPOSE 8080\nCMD ["httpd", "-f", "-p", "8080", "-h", "/www"]\n`,
        "index.html": "served\n",
      });
      const said = await cli.ok("build", "-t", image, context.path);
      expect(said).toMatch(/Step 5\/\d : CMD/);
      expect(said).toMatch(/Successfully built [0-9a-f]{12}/);
      expect(said).toContain(`Successfully tagged ${image}`);
    });

    test("images", async () => {
      const [repository] = image.split(":") as [string];
      expect(await cli.ok("images", "--format", "{{.Repository}}:{{.Tag}}", repository)).toBe(image);
    });

    test("run -d -p, ps, port, and the page", async () => {
      const id = await cli.ok("run", "-d", "--name", name, "-p", "127.0.0.1::8080", image);
      expect(await cli.ok("ps", "-q", "--no-trunc", "--filter", `name=${name}`)).toBe(id);
      const address = await cli.ok("port", name, "8080");
      expect(address).toMatch(/^127\.0\.0\.1:\d+$/);
      const page = await eventually("the page is served", () =>
        fetch(`http://${address}/`).then((reply) => reply.text()),
      );
      expect(page).toBe("served\n");
      const ports = await cli.ok("ps", "--filter", `name=${name}`, "--format", "{{.Ports}}");
      expect(ports).toBe(`${address}->8080/tcp`);
    });

    test("exec -it through a terminal", async () => {
      const terminal = cli.terminal(["exec", "-it", name, "sh"], { cols: 90, rows: 20 });
      terminal.type("stty size; echo found $(ps | grep -c '[h]ttpd')\n");
      await terminal.sees("20 90");
      await terminal.sees("found 1");
      terminal.type("exit 3\n");
      expect(await terminal.exited()).toBe(3);
    });

    test("run -it --rm", async () => {
      const terminal = cli.terminal(["run", "-it", "--rm", "--name", cli.unique("it"), engine.base]);
      terminal.type("echo $((6 * 7))\n");
      await terminal.sees("42");
      terminal.type("exit\n");
      expect(await terminal.exited()).toBe(0);
      expect((await cli.run(["container", "inspect", cli.unique("it")])).code).toBe(1);
    });

    test("logs -f", async () => {
      const chatty = cli.unique("chatty");
      await cli.ok(
        "run",
        "-d",
        "--name",
        chatty,
        engine.base,
        "sh",
        "-c",
        "for i in 1 2 3 4; do echo $i; sleep 0.1; done",
      );
      expect((await cli.run(["logs", "-f", chatty])).stdout).toBe("1\n2\n3\n4\n");
      await cli.ok("rm", chatty);
    });

    test("attach, top, kill, wait, restart, start", async () => {
      const busy = cli.unique("busy");
      await cli.ok(
        "run",
        "-d",
        "--name",
        busy,
        engine.base,
        "sh",
        "-c",
        "while :; do echo tick; sleep 0.1; done",
      );
      const attached = cli.spawn(["attach", "--no-stdin", busy]);
      const reader = attached.stdout.getReader();
      expect(new TextDecoder().decode((await reader.read()).value)).toContain("tick");
      expect(await cli.ok("top", busy)).toContain("while :");
      const waiting = cli.ok("wait", busy);
      await cli.ok("kill", "-s", "KILL", busy);
      expect(await waiting).toBe("137");
      expect(await attached.exited).toBe(137);
      await cli.ok("start", busy);
      await cli.ok("restart", "-t", "0", busy);
      expect((await cli.inspect(busy)).State.Running).toBe(true);
      await cli.ok("rm", "-f", busy);
    });

    test("tag, save, rmi, load, inspect", async () => {
      using folder = await directoryOf({});
      const { Id } = await cli.inspectImage(image);
      const second = cli.image("site:second");
      await cli.ok("tag", image, second);
      await Bun.write(join(folder.path, "keep"), "");
      await cli.ok("save", "-o", join(folder.path, "both.tar"), image, second);
      await cli.ok("rm", "-f", name);
      await cli.ok("rmi", image, second);
      expect((await cli.run(["image", "inspect", image])).code).toBe(1);
      const loaded = await cli.ok("load", "-i", join(folder.path, "both.tar"));
      expect(loaded).toContain(`Loaded image: ${image}`);
      expect(loaded).toContain(`Loaded image: ${second}`);
      expect((await cli.inspectImage(second)).Id).toBe(Id);
    });

    test("stop, rm, rmi: refusals name who is in the way", async () => {
      await cli.ok("run", "-d", "--name", name, image);
      const inUse = await cli.run(["rmi", image]);
      expect(inUse.code).toBe(0);
      const second = cli.image("site:second");
      const refused = await cli.run(["rmi", second]);
      expect(refused.code).toBe(1);
      const { Id } = await cli.inspect(name);
      expect(refused.stderr).toContain(Id.slice(0, 12));
      await cli.ok("stop", "-t", "0", name);
      await cli.ok("rm", name);
      expect(await cli.ok("rmi", second)).toContain(`Untagged: ${second}`);
    });

    test("events of the whole road can be read back", async () => {
      const now = String(Math.floor(Date.now() / 1000) + 1);
      const said = await cli.ok(
        "events",
        "--since",
        "10m",
        "--until",
        now,
        "--filter",
        `container=${name}`,
        "--format",
        "{{.Action}}",
      );
      const actions = said.split("\n");
      for (const action of ["create", "start", "die", "destroy"]) expect(actions).toContain(action);
    });
  });
}
