import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";

const SUITE = "stable";
const MIRROR = "http://deb.debian.org/debian";
const program = Bun.which("debootstrap", { PATH: `${process.env.PATH}:/usr/sbin:/sbin` });
/** Made once: it takes a minute, and the only traffic of the tests that leaves the machine. */
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "berth", "tests");
const archive = join(cache, `debian-${SUITE}-${process.arch}.tar`);

/** Why there is no Debian for the tests; undefined: there is or can be one. */
export async function whyNoDebian(): Promise<string | undefined> {
  if (existsSync(archive)) return undefined;
  if (!program) return "debootstrap is not on this machine";
  const answers = await fetch(`${MIRROR}/dists/${SUITE}/Release`, {
    method: "HEAD",
    signal: AbortSignal.timeout(5000),
  }).then(
    ({ ok }) => ok,
    () => false,
  );
  return answers ? undefined : `${MIRROR} does not answer`;
}

/** Path of a tar of a small Debian's root filesystem. */
export async function debianTar(): Promise<string> {
  if (existsSync(archive)) return archive;
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(tmpdir(), "berth-e2e-debian-"));
  const half = `${archive}.${process.pid}`;
  try {
    const root = join(folder, "root");
    await must(program as string, "--variant=minbase", "--exclude=e2fsprogs", SUITE, root, MIRROR);
    await must(
      "tar",
      "--numeric-owner",
      "--exclude=./var/cache/apt/archives/*.deb",
      "-C",
      root,
      "-cf",
      half,
      ".",
    );
    renameSync(half, archive);
  } finally {
    rmSync(half, { force: true });
    rmSync(folder, { recursive: true, force: true });
  }
  return archive;
}

async function must(...argv: string[]): Promise<void> {
  const log = join(mkdtempSync(join(tmpdir(), "berth-e2e-log-")), "log");
  try {
    const child = Bun.spawn(argv, { stdin: "ignore", stdout: Bun.file(log), stderr: Bun.file(log) });
    if ((await child.exited) !== 0) {
      throw new Error(`${argv.join(" ")} failed:\n${readFileSync(log, "utf8").slice(-2000)}`);
    }
  } finally {
    rmSync(join(log, ".."), { recursive: true, force: true });
  }
}
