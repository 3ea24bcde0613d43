import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { chmod, cp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Path of the machine's statically linked busybox. */
export const busybox =
  ["/bin/busybox", "/usr/bin/busybox", "/bin/busybox.static"].find((path) => Bun.file(path).size > 0) ??
  "/bin/busybox";

async function output(argv: string[], cwd?: string): Promise<Uint8Array<ArrayBuffer>> {
  const child = Bun.spawn(argv, { stdout: "pipe", stderr: "inherit", ...(cwd ? { cwd } : {}) });
  const bytes = new Uint8Array(await new Response(child.stdout).arrayBuffer());
  if ((await child.exited) !== 0) throw new Error(`${argv.join(" ")} failed`);
  return bytes;
}

/** A plain tar of a directory's content, everything owned by root. */
export function tarOf(directory: string, ...flags: string[]): Promise<Uint8Array<ArrayBuffer>> {
  return output(["tar", "--numeric-owner", "--owner=0", "--group=0", ...flags, "-cf", "-", "."], directory);
}

/** Makes a directory from a map of paths to contents, in a temporary place; `dispose` removes it. */
export async function directoryOf(
  files: Record<string, string | Uint8Array>,
): Promise<{ path: string; [Symbol.dispose](): void }> {
  const path = mkdtempSync(join(tmpdir(), "berth-e2e-dir-"));
  for (const [name, content] of Object.entries(files)) await Bun.write(join(path, name), content);
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** The root filesystem of the base image: every busybox program, a few accounts, the usual folders. */
export async function baseTar(): Promise<Uint8Array<ArrayBuffer>> {
  const path = mkdtempSync(join(tmpdir(), "berth-e2e-base-"));
  try {
    for (const folder of ["bin", "etc", "root", "tmp", "home/app"])
      mkdirSync(join(path, folder), { recursive: true });
    await cp(busybox, join(path, "bin", "busybox"));
    const applets = new TextDecoder()
      .decode(await output([busybox, "--list"]))
      .trim()
      .split("\n");
    for (const applet of applets) if (applet !== "busybox") symlinkSync("busybox", join(path, "bin", applet));
    writeFileSync(
      join(path, "etc", "passwd"),
      "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000:app:/home/app:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n",
    );
    writeFileSync(join(path, "etc", "group"), "root:x:0:\napp:x:1000:\nstaff:x:50:app\nnobody:x:65534:\n");
    await chmod(join(path, "tmp"), 0o1777);
    return await tarOf(path);
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
}
