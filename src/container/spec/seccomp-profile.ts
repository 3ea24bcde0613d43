import { release } from "node:os";
import { arch } from "node:process";
import * as v from "valibot";
import { invalid } from "../../core/index.ts";
import type { OciSeccomp } from "../../spec/index.ts";

const optional = <T extends v.GenericSchema>(schema: T) =>
  v.pipe(
    v.nullish(schema),
    v.transform((value) => value ?? undefined),
  );
const texts = optional(v.array(v.string()));
/** Beyond the safe ones a number in JSON is no longer what was written. */
const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** On what a rule depends: all of it must hold to include, any of it to exclude. */
const condition = optional(v.object({ arches: texts, caps: texts, minKernel: optional(v.string()) }));

const OPERATORS = [
  "SCMP_CMP_NE",
  "SCMP_CMP_LT",
  "SCMP_CMP_LE",
  "SCMP_CMP_EQ",
  "SCMP_CMP_GE",
  "SCMP_CMP_GT",
  "SCMP_CMP_MASKED_EQ",
] as const;

const rule = v.object({
  name: optional(v.string()),
  names: texts,
  action: v.string(),
  errnoRet: optional(whole),
  args: optional(
    v.array(v.object({ index: whole, value: whole, valueTwo: optional(whole), op: v.picklist(OPERATORS) })),
  ),
  includes: condition,
  excludes: condition,
});

const profile = v.object({
  defaultAction: optional(v.string()),
  defaultErrnoRet: optional(whole),
  architectures: texts,
  archMap: optional(v.array(v.object({ architecture: v.string(), subArchitectures: texts }))),
  flags: texts,
  listenerPath: optional(v.string()),
  listenerMetadata: optional(v.string()),
  syscalls: optional(v.array(rule)),
});

/** A seccomp profile as Docker and Podman write it: rules may depend on capabilities, machine and kernel. */
export type SeccompProfile = v.InferOutput<typeof profile>;
type Condition = v.InferOutput<typeof condition>;

/** Reads a profile; unknown fields are passed over, as Docker does. @throws invalid */
export function parseSeccompProfile(text: string): SeccompProfile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalid("decoding seccomp profile failed: it is not valid JSON", error);
  }
  const result = v.safeParse(profile, value, { abortEarly: true });
  if (!result.success) {
    const [issue] = result.issues;
    throw invalid(`decoding seccomp profile failed: ${v.getDotPath(issue) ?? "it"}: ${issue.message}`);
  }
  const { architectures, archMap, syscalls } = result.output;
  if (architectures?.length && archMap?.length) {
    throw invalid(
      "both 'architectures' and 'archMap' are specified in the seccomp profile, use either 'architectures' or 'archMap'",
    );
  }
  if (syscalls?.some(({ name, names }) => name && names?.length)) {
    throw invalid(
      "both 'name' and 'names' are specified in the seccomp profile, use either 'name' or 'names'",
    );
  }
  return result.output;
}

/** How profiles call this machine in conditions, and in `archMap`. */
const MACHINES: Partial<Record<NodeJS.Architecture, readonly [go: string, scmp: string]>> = {
  x64: ["amd64", "SCMP_ARCH_X86_64"],
  arm64: ["arm64", "SCMP_ARCH_AARCH64"],
};
const [MACHINE, SCMP_MACHINE] = MACHINES[arch] ?? [arch, ""];

/** Whether this kernel is at least "major.minor". */
function kernelIsAtLeast(wanted: string): boolean {
  const numbers = /^(\d+)\.(\d+)$/.exec(wanted);
  if (!numbers) throw invalid(`seccomp profile: minKernel "${wanted}" is not of the form 5.10`);
  const [major = 0, minor = 0] = release().split(/[.-]/).map(Number);
  return major > Number(numbers[1]) || (major === Number(numbers[1]) && minor >= Number(numbers[2]));
}

function included(condition: Condition, capabilities: readonly string[]): boolean {
  const { arches = [], caps = [], minKernel } = condition ?? {};
  if (arches.length > 0 && !arches.includes(MACHINE)) return false;
  return caps.every((cap) => capabilities.includes(cap)) && (!minKernel || kernelIsAtLeast(minKernel));
}

function excluded(condition: Condition, capabilities: readonly string[]): boolean {
  const { arches = [], caps = [], minKernel } = condition ?? {};
  if (arches.includes(MACHINE) || caps.some((cap) => capabilities.includes(cap))) return true;
  return Boolean(minKernel) && kernelIsAtLeast(minKernel as string);
}

/**
 * What a profile means for a container with these bounding capabilities on this host; undefined for one that says
 * nothing, which to Docker is no filter. @throws invalid
 */
export function resolveSeccompProfile(
  profile: SeccompProfile,
  capabilities: readonly string[],
): OciSeccomp | undefined {
  const { defaultAction, defaultErrnoRet, architectures, archMap, syscalls, ...others } = profile;
  if (!defaultAction && !syscalls?.length) return undefined;
  if (!defaultAction) throw invalid("seccomp profile: defaultAction is missing");
  const own = archMap?.find(({ architecture }) => architecture === SCMP_MACHINE);
  const machines = architectures ?? (own ? [own.architecture, ...(own.subArchitectures ?? [])] : []);
  const rules = (syscalls ?? [])
    .filter(({ includes, excludes }) => included(includes, capabilities) && !excluded(excludes, capabilities))
    .map(({ name, names, action, errnoRet, args }) => ({
      names: name ? [name] : (names ?? []),
      action,
      errnoRet,
      args,
    }));
  return { ...others, defaultAction, defaultErrnoRet, architectures: machines, syscalls: rules };
}
