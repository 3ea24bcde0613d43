// Makes dist/berth, the one executable: command line, daemon and helpers.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { must } from "./child.mjs";
import { berth, bun, root } from "./paths.mjs";
import { step } from "./steps.mjs";

const stamp = join(root, "dist", ".berth.inputs");

/** Short id of the source revision, `dev` outside of a clone. */
function revision() {
  const { status, stdout } = spawnSync("git", ["rev-parse", "--short", "HEAD"], {
    cwd: root,
    encoding: "utf8",
  });
  return status === 0 ? stdout.trim() : "dev";
}

/** Digest of everything that goes into the executable: sources without tests, versions, and this file. */
function inputs(commit) {
  const hash = createHash("sha256").update(commit);
  const add = (path) =>
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(root, path)))
      .update("\0");
  const walk = (directory) => {
    for (const entry of readdirSync(join(root, directory)).sort()) {
      const path = `${directory}/${entry}`;
      if (statSync(join(root, path)).isDirectory()) walk(path);
      else if (!path.endsWith(".test.ts")) add(path);
    }
  };
  walk("src");
  for (const path of ["package.json", "package-lock.json", "tsconfig.json", "scripts/lib/build.mjs"])
    add(path);
  return hash.digest("hex");
}

/** Builds dist/berth unless it is up to date. Returns false when there was nothing to do. */
export async function build({ force = false } = {}) {
  const commit = revision();
  const digest = inputs(commit);
  if (!force && existsSync(berth) && existsSync(stamp) && readFileSync(stamp, "utf8") === digest)
    return false;
  mkdirSync(join(root, "dist"), { recursive: true });
  // A temporary name first: the executable may be running, and a failed build must not take the old one away.
  const temporary = join(root, "dist", `.berth.${process.pid}`);
  await step("dist/berth", async () => {
    try {
      await must(
        [
          ...[
            bun,
            "build",
            "--compile",
            "--minify",
            "--bytecode",
            "--splitting",
            "--format=esm",
            "src/main.ts",
            // Threads have an entry point of their own.
            "src/image/compress-worker.ts",
            "--outfile",
            temporary,
          ],
          ...["--define", `process.env.BERTH_BUILD_COMMIT=${JSON.stringify(commit)}`],
        ],
        { cwd: root, timeout: 5 * 60_000 },
      );
      renameSync(temporary, berth);
      writeFileSync(stamp, digest);
    } finally {
      rmSync(temporary, { force: true });
    }
  });
  return true;
}
