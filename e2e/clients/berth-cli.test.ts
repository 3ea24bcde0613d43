/** What berth's own command line offers beyond the scenarios: help, completion, suggestions, and other daemons. */
import { describe, expect, test } from "bun:test";
import { programOf, TestEngine } from "../harness/index.ts";

const engine = new TestEngine("berth-cli").use();
const COMMANDS =
  "build run create start ps logs exec attach stop kill restart rm images rmi tag history inspect load save import top port events info version";

if (programOf("berth") === undefined) test.skip("dist/berth is not there: run npm run build", () => {});
else commandLine();

function commandLine(): void {
  const cli = engine.cli("berth");

  describe("berth CLI", () => {
    test("every command of Docker's has help, in its short and its long form", async () => {
      const long = [
        "container ls",
        "container rm",
        "image rm",
        "image ls",
        "container run",
        "system info",
        "network ls",
      ];
      for (const command of [...COMMANDS.split(" "), ...long]) {
        const { code, stdout } = await cli.run([...command.split(" "), "--help"]);
        expect({ command, code }).toEqual({ command, code: 0 });
        expect(stdout).toMatch(/^Usage:\s+berth /m);
      }
      const all = await cli.ok("--help");
      for (const command of COMMANDS.split(" ")) expect(all).toMatch(new RegExp(`^\\s+${command}\\b`, "m"));
    });

    test("--version, and an empty command line shows the help", async () => {
      expect(await cli.ok("--version")).toMatch(/^Berth version \d+\.\d+\.\d+/i);
      expect((await cli.run([])).stdout).toContain("Usage:");
    });

    test("an unknown command, subcommand or flag suggests the nearest", async () => {
      const said = async (...args: string[]) => {
        const { code, stderr } = await cli.run(args);
        expect(code).not.toBe(0);
        return stderr;
      };
      expect(await said("biuld", ".")).toContain("build");
      expect(await said("container", "lss")).toContain("ls");
      expect(await said("run", "--pubish", "80:80", "x")).toContain("--publish");
      expect(await said("ps", "--fromat", "json")).toContain("--format");
    });

    test("completion scripts load in their shells", async () => {
      for (const shell of ["bash", "zsh", "fish"]) {
        const script = await cli.ok("completion", shell);
        expect(script).toContain("berth");
        if (!Bun.which(shell)) continue;
        const child = Bun.spawn([shell, "-n", "/dev/stdin"], { stdin: new Blob([script]), stderr: "pipe" });
        expect(await new Response(child.stderr).text()).toBe("");
        expect(await child.exited).toBe(0);
      }
    });

    test("completion knows commands, flags, containers and images", async () => {
      const name = cli.unique("complete");
      await cli.ok("create", "--name", name, engine.base);
      const offers = async (...words: string[]) =>
        (await cli.ok("__complete", ...words)).split("\n").map((line) => line.split("\t")[0] ?? "");
      expect(await offers("im")).toEqual(expect.arrayContaining(["image", "images", "import"]));
      expect(await offers("run", "--pub")).toEqual(expect.arrayContaining(["--publish", "--publish-all"]));
      expect(await offers("rm", name.slice(0, -2))).toContain(name);
      expect(await offers("run", engine.base.slice(0, 2))).toContain(engine.base);
      await cli.ok("rm", name);
    });

    test("-H comes before BERTH_HOST, and that before DOCKER_HOST", async () => {
      const listed = async (flags: string[], env: Record<string, string>) =>
        (await cli.run([...flags, "ps", "-q"], { env })).code;
      expect(await listed(["-H", engine.host], { BERTH_HOST: "unix:///nowhere" })).toBe(0);
      expect(await listed([], { BERTH_HOST: engine.host, DOCKER_HOST: "unix:///nowhere" })).toBe(0);
      expect(await listed([], { DOCKER_HOST: "unix:///nowhere" })).toBe(1);
    });

    test("output that goes nowhere ends the command quietly", async () => {
      const child = Bun.spawn(
        ["sh", "-c", `"$0" -H "$1" images --format '{{.ID}}' | true`, programOf("berth") ?? "", engine.host],
        {
          stdout: "pipe",
          stderr: "pipe",
        },
      );
      expect(await new Response(child.stderr).text()).toBe("");
      expect(await child.exited).toBe(0);
    });
  });
}
