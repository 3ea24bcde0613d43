import { createHash } from "node:crypto";
import {
  chmodSync,
  createReadStream,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** The name it has in its archive. */
export const BIG_IMAGE = "berth-bench-big:1";

const BYTES = 550e6;
/** Files and the directories they are in. */
const ENTRIES = 19_000;
/** Single large files would make it another kind of image. */
const LARGEST = 12e6;
/** What is compressed already: images have little of it, and their layers shrink to a third. */
const COMPRESSED =
  /\.(gz|xz|bz2|zst|zip|jar|whl|png|jpe?g|gif|webp|woff2?|pdf|exe|br|modules|jmod|ct\.sym)$/i;
const SOURCES = ["/usr/bin", "/usr/lib", "/usr/share", "/usr/local", "/opt"];

/** Outside of the checkout, where engines in another root see it too; kept for the next run. */
function cacheDirectory(): string {
  const uid = process.getuid?.() ?? 0;
  const path = join(tmpdir(), `berth-bench-cache-${uid}`);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const entry = lstatSync(path);
  if (!entry.isDirectory() || entry.uid !== uid) throw new Error(`${path} is not this user's own directory`);
  chmodSync(path, 0o700);
  return path;
}

/** A docker-archive of an image made of this machine's own files, one layer. Made once. */
export async function bigArchive(): Promise<string> {
  const archive = join(cacheDirectory(), "big.tar");
  if (existsSync(archive)) return archive;
  process.stderr.write(`making ${archive} of this machine's files\n`);
  const folder = mkdtempSync(join(cacheDirectory(), "making-"));
  try {
    await tar(
      ["--numeric-owner", "--no-recursion", "--null", "-C", "/", "-cf", join(folder, "layer.tar"), "-T", "-"],
      chosen(),
    );
    const config = JSON.stringify({
      architecture: process.arch === "x64" ? "amd64" : process.arch,
      os: "linux",
      config: {},
      rootfs: { type: "layers", diff_ids: [`sha256:${await sha256(join(folder, "layer.tar"))}`] },
      history: [{ created_by: "berth bench" }],
    });
    await Bun.write(join(folder, "config.json"), config);
    const manifest = [{ Config: "config.json", RepoTags: [BIG_IMAGE], Layers: ["layer.tar"] }];
    await Bun.write(join(folder, "manifest.json"), JSON.stringify(manifest));
    await tar(
      ["-C", folder, "-cf", join(folder, "big.tar"), "manifest.json", "config.json", "layer.tar"],
      [],
    );
    renameSync(join(folder, "big.tar"), archive);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return archive;
}

/** Files from everywhere in the sources, the same at each run, and the directories they are in; without leading slash. */
function chosen(): string[] {
  const found = SOURCES.filter((path) => existsSync(path)).flatMap(filesBelow);
  const order = (path: string) => createHash("sha1").update(path).digest("hex");
  const sorted = found
    .map((file) => ({ ...file, order: order(file.path) }))
    .sort((a, b) => (a.order < b.order ? -1 : 1));
  const files = new Set<string>();
  const directories = new Set<string>();
  let bytes = 0;
  const take = ({ path, size }: { path: string; size: number }) => {
    files.add(path);
    bytes += size;
    for (let up = dirname(path); up !== "/" && !directories.has(up); up = dirname(up)) directories.add(up);
  };
  for (const file of sorted) {
    if (files.size + directories.size >= ENTRIES) break;
    take(file);
  }
  // A few large files make up for many small ones, or the other way round.
  for (const file of sorted.filter(({ size }) => size > 100_000)) {
    if (Math.abs(bytes - BYTES) < 2e6) break;
    if (bytes < BYTES && !files.has(file.path)) take(file);
    else if (bytes > BYTES && files.delete(file.path)) bytes -= file.size;
  }
  return [...directories, ...files].sort().map((path) => path.slice(1));
}

function filesBelow(directory: string): { path: string; size: number }[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return filesBelow(path);
    if (!entry.isFile() && !entry.isSymbolicLink()) return [];
    const { size } = lstatSync(path);
    return size > LARGEST || COMPRESSED.test(path) ? [] : [{ path, size }];
  });
}

/** Runs tar with these names, each ended by NUL, on its standard input. */
async function tar(args: string[], names: string[]): Promise<void> {
  const child = Bun.spawn(["tar", ...args], {
    stdin: new Blob(names.map((name) => `${name}\0`)),
    stdout: "ignore",
    stderr: "pipe",
  });
  const said = await new Response(child.stderr).text();
  if ((await child.exited) !== 0) throw new Error(`tar ${args.join(" ")} failed:\n${said}`);
}

async function sha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(piece);
  return hash.digest("hex");
}
