import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { invalid } from "../core/index.ts";
import { hasSeccompLibrary } from "../kernel/index.ts";
import type { OciRuntimeSpec } from "../spec/index.ts";
import type { RuntimeProgram } from "./adapter.ts";
import { setBlockWeight } from "./block-weight.ts";
import { bundleFiles } from "./bundle-files.ts";
import { compileSeccomp } from "./seccomp-program.ts";

/** Annotations that are orders to crun: which filter to load, what to open, what to run. */
const ORDERS = "run.oci.";
const PROGRAM = `${ORDERS}seccomp_bpf_data`;

/** Annotations describe. @throws invalid for those by which the runtime would take orders from others than the engine */
export function checkAnnotations(annotations: Readonly<Record<string, string>>): void {
  const order = Object.keys(annotations).find((name) => name.startsWith(ORDERS));
  if (order !== undefined) {
    throw invalid(
      `annotation ${order} is not allowed: names that begin with ${ORDERS} are orders of the engine to its runtime`,
    );
  }
}

/** Programs of filters that were used lately, in base 64, by the digest of their text. */
const compiled = new Map<string, string>();
const KEPT = 16;

function programOf(seccomp: NonNullable<OciRuntimeSpec["linux"]["seccomp"]>): string {
  const key = new Bun.CryptoHasher("sha256").update(JSON.stringify(seccomp)).digest("base64");
  const program = compiled.get(key) ?? Buffer.from(compileSeccomp(seccomp)).toString("base64");
  compiled.delete(key);
  compiled.set(key, program);
  for (const oldest of compiled.keys()) {
    if (compiled.size <= KEPT) break;
    compiled.delete(oldest);
  }
  return program;
}

/**
 * The filter as crun needs it. runc compiles the filter of system calls for every container and lets calls
 * that are newer than the filter fail with ENOSYS. crun gives them the default action, EPERM; it is handed a program that
 * was compiled once in runc's way. The section is then only there for its flags. Should a crun not know of programs, the
 * container is killed at its first call: it never runs unfiltered.
 */
function withProgram(spec: OciRuntimeSpec): OciRuntimeSpec {
  const { seccomp } = spec.linux;
  if (!seccomp || !hasSeccompLibrary()) return spec;
  const { architectures: _, syscalls: __, defaultErrnoRet: ___, ...section } = seccomp;
  return {
    ...spec,
    annotations: { ...spec.annotations, [PROGRAM]: programOf(seccomp) },
    linux: { ...spec.linux, seccomp: { ...section, defaultAction: "SCMP_ACT_KILL_PROCESS" } },
  };
}

/** Writes a bundle's `config.json` as the runtime needs it. @throws invalid for annotations and seccomp profiles that cannot be */
export function writeBundle(program: RuntimeProgram, bundle: string, spec: OciRuntimeSpec): void {
  checkAnnotations(spec.annotations ?? {});
  const config = program.kind.kind === "crun" ? withProgram(setBlockWeight(spec)) : spec;
  writeFileSync(join(bundle, bundleFiles.config), JSON.stringify(config), { mode: 0o600 });
}
