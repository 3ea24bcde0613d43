import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const program = Bun.which("skopeo");

/** True where skopeo is: another reader and writer of images, by other people. */
export const hasSkopeo = program !== null;

/** Runs skopeo, which must succeed, and returns what it printed. Loopback registries have no TLS. */
export async function skopeo(command: "copy" | "inspect", ...args: string[]): Promise<string> {
  const tls =
    command === "copy" ? ["--src-tls-verify=false", "--dest-tls-verify=false"] : ["--tls-verify=false"];
  // Its own folders must not be those of the person who runs the tests.
  const home = mkdtempSync(join(tmpdir(), "berth-e2e-skopeo-"));
  const temporary = join(home, "tmp");
  mkdirSync(temporary);
  try {
    const child = Bun.spawn(
      [program as string, "--insecure-policy", "--tmpdir", temporary, command, ...tls, ...args],
      {
        stdin: "ignore",
        stdout: "pipe",
        stderr: "pipe",
        env: { PATH: process.env.PATH, HOME: home, XDG_RUNTIME_DIR: home },
      },
    );
    const [stdout, stderr, code] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    if (code !== 0) throw new Error(`skopeo ${command} ${args.join(" ")}: status ${code}\n${stderr}`);
    return stdout.trim();
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
