// Brings a fresh checkout to the point where it can build and run: npm's packages, Bun's program, the
// distribution's packages. Says nothing and takes some milliseconds when all is there.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { must, run } from "./child.mjs";
import { bun, manifest, root } from "./paths.mjs";
import { Refusal, say, step } from "./steps.mjs";
import { debianPackages, EXTRAS, findProgram, instructions, missing, NEEDS } from "./system-packages.mjs";

/**
 * Compares the lock file with what npm says it installed. Packages for other platforms are optional and absent.
 * @returns true when node_modules holds every package of the lock file in its version
 */
function modulesComplete() {
  const installed = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(installed)) return false;
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  const present = JSON.parse(readFileSync(installed, "utf8")).packages;
  return Object.entries(wanted).every(
    ([path, { version, optional }]) =>
      path === "" ||
      (present[path]?.version === version && existsSync(join(root, path))) ||
      optional === true,
  );
}

async function bunVersion() {
  if (!existsSync(bun)) return undefined;
  const { code, stdout } = await run([bun, "--version"]).catch(() => ({ code: 1, stdout: "" }));
  return code === 0 ? stdout.trim() : undefined;
}

async function ensureModules() {
  if (!modulesComplete()) {
    await step("npm packages", () =>
      must(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: root, timeout: 15 * 60_000 }),
    );
  }
  const wanted = manifest.dependencies.bun;
  if ((await bunVersion()) === wanted) return;
  // Where npm runs no install scripts, Bun's program is still a placeholder.
  await step(`Bun ${wanted}`, () =>
    must([process.execPath, join(root, "node_modules", "bun", "install.js")], {
      cwd: root,
      timeout: 5 * 60_000,
    }),
  );
  const found = await bunVersion();
  if (found !== wanted) {
    throw new Refusal(
      `node_modules/.bin/bun should be version ${wanted} and is ${found ?? "not runnable"}: remove node_modules and run npm ci.`,
    );
  }
}

function listsAreEmpty() {
  const lists = "/var/lib/apt/lists";
  return (
    !existsSync(lists) ||
    !readdirSync(lists).some((name) => statSync(join(lists, name)).isFile() && name !== "lock")
  );
}

const mayInstall = () => process.getuid?.() === 0 && findProgram("apt-get") !== undefined;

async function ensureSystem(names) {
  const absent = missing(names);
  if (absent.length === 0) return;
  if (!mayInstall()) throw new Refusal(instructions(absent));
  await install(absent).catch((error) => {
    throw new Refusal(`${error.message}\n\n${instructions(absent)}`);
  });
  const still = missing(absent);
  if (still.length > 0) throw new Refusal(instructions(still));
}

/** Installs what can be; says what the tests will be without. */
async function ensureExtras(names) {
  const systemd = existsSync("/run/systemd/system");
  const absent = missing(names);
  const installable = absent.filter((name) => mayInstall() && !(systemd && EXTRAS[name].isService));
  if (installable.length > 0) await install(installable).catch(() => {});
  for (const name of missing(absent)) {
    say(`  - ${name} is not on this machine (${EXTRAS[name].why}): what needs it is skipped`);
  }
}

async function install(names) {
  const packages = debianPackages(names);
  // Without systemd this keeps packages from starting services: the tests start their own.
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
  const update = () => must(["apt-get", "update", "-qq"], { env, timeout: 10 * 60_000 });
  const get = () =>
    must(["apt-get", "install", "-y", "-qq", "--no-install-recommends", ...packages], {
      env,
      timeout: 15 * 60_000,
    });
  if (listsAreEmpty()) await step("package lists", update);
  await step(`system packages: ${packages.join(", ")}`, async () => {
    try {
      await get();
    } catch {
      // Old lists name files that the mirror no longer has.
      await update();
      await get();
    }
  });
}

/** Names of the system packages a running engine and the example need; the tests need `ip` besides. */
export const ENGINE_NEEDS = Object.keys(NEEDS).filter((name) => name !== "ip");
export const TEST_NEEDS = Object.keys(NEEDS);
export const TEST_EXTRAS = Object.keys(EXTRAS);

/** Installs what is missing; of `extras` what can be. @throws Refusal that says what to do by hand */
export async function ensurePrerequisites({ system = [], extras = [] } = {}) {
  if (process.platform !== "linux") throw new Refusal(`Berth runs on Linux; this is ${process.platform}.`);
  await ensureModules();
  await ensureSystem(system);
  await ensureExtras(extras);
}
