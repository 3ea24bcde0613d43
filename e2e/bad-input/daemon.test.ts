/** A daemon that cannot work says so in one line and leaves nothing; a command line that may not, likewise. */
import { describe, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { TestEngine } from "../harness/index.ts";
import { berthBinary } from "../harness/settings.ts";

const engine = new TestEngine("bad-daemon").use();

describe.skipIf(engine.isOracle)("the daemon", () => {
  /** Starts a daemon that must refuse, on roots of its own; returns the one line it says. */
  async function refuses(
    options: { prefix?: string[]; flags?: string[]; env?: Record<string, string> } = {},
  ): Promise<string> {
    const top = mkdtempSync("/var/tmp/berth-e2e-refused-");
    chmodSync(top, 0o777);
    try {
      const daemon = Bun.spawn(
        [
          ...(options.prefix ?? []),
          ...[berthBinary, "daemon", "--host", `unix://${top}/s.sock`, "--data-root", `${top}/data`],
          ...[
            "--exec-root",
            `${top}/exec`,
            "--pidfile",
            `${top}/pid`,
            "--bridge",
            "btrefused",
            ...(options.flags ?? []),
          ],
        ],
        { stdin: "ignore", stdout: "ignore", stderr: "pipe", env: { ...process.env, ...options.env } },
      );
      const timer = setTimeout(() => daemon.kill("SIGKILL"), 15_000);
      const said = (await new Response(daemon.stderr).text()).trim();
      const code = await daemon.exited;
      clearTimeout(timer);
      expect({ code, said: code === 1 ? "" : said }).toEqual({ code: 1, said: "" });
      expect(said.split("\n").length).toBe(1);
      expect(existsSync("/sys/class/net/btrefused")).toBe(false);
      expect(readdirSync(top).filter((name) => name === "s.sock" || name === "pid")).toEqual([]);
      return said;
    } finally {
      rmSync(top, { recursive: true, force: true });
    }
  }

  const asNobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];

  test("not root", async () => {
    expect(await refuses({ prefix: asNobody })).toContain("root");
  });

  test("a kernel without overlayfs", async () => {
    const script =
      'grep -v overlay /proc/filesystems > "$0.fs"; mount --bind "$0.fs" /proc/filesystems; exec "$@"';
    const scratch = mkdtempSync("/var/tmp/berth-e2e-fs-");
    const said = await refuses({ prefix: ["unshare", "-m", "sh", "-c", script, join(scratch, "x")] });
    rmSync(scratch, { recursive: true });
    expect(said).toContain("overlay");
  });

  test("no runtime, no monitor: which, and where it comes from", async () => {
    const said = await refuses({ flags: ["--runtime", "/no/such/runc"] });
    expect(said).toContain("/no/such/runc");
    for (const [hidden, named] of [
      [["conmon"], "conmon"],
      [["runc", "crun"], "runc"],
    ] as const) {
      const paths = hidden.map((name) => Bun.which(name)).filter((path) => path !== null);
      const script = `for path in ${paths.join(" ")}; do mount --bind /dev/null $path; done; exec "$0" "$@"`;
      expect(await refuses({ prefix: ["unshare", "-m", "sh", "-c", script] })).toContain(named);
    }
  });

  test("options and files that make no sense", async () => {
    expect(await refuses({ flags: ["--log-level", "loud"] })).toContain("loud");
    expect(await refuses({ flags: ["--host", "carrier-pigeon://x"] })).toContain("carrier-pigeon");
    expect(await refuses({ flags: ["--config", "/no/such/file.toml"] })).toContain("/no/such/file.toml");
    const scratch = mkdtempSync("/var/tmp/berth-e2e-config-");
    await Bun.write(join(scratch, "a.toml"), "log-level = \n");
    await Bun.write(join(scratch, "b.json"), '{"lgo-level": "info"}');
    expect(await refuses({ flags: ["--config", join(scratch, "a.toml")] })).toContain("a.toml");
    const unknown = await refuses({ flags: ["--config", join(scratch, "b.json")] });
    rmSync(scratch, { recursive: true });
    expect(unknown).toContain("lgo-level");
  });

  test("the command line without the right to use the socket", async () => {
    const child = Bun.spawn([...asNobody, berthBinary, "-H", engine.host, "ps"], {
      stdout: "pipe",
      stderr: "pipe",
    });
    const said = (await new Response(child.stderr).text()).trim();
    expect(await child.exited).toBe(1);
    expect(said.toLowerCase()).toContain("permission denied");
    expect(said).toContain(engine.record.socket);
    expect(said.split("\n").length).toBe(1);
  });

  test("the command line with no daemon at the given address", async () => {
    const child = Bun.spawn([berthBinary, "-H", "unix:///var/tmp/no-such.sock", "ps"], {
      stdout: "pipe",
      stderr: "pipe",
    });
    const said = (await new Response(child.stderr).text()).trim();
    expect(await child.exited).toBe(1);
    expect(said).toContain("/var/tmp/no-such.sock");
  });
});
