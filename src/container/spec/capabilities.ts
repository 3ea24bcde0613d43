import { invalid, nearest } from "../../core/index.ts";

/** Capabilities a container has unless told otherwise: Docker's set. */
export const DEFAULT_CAPABILITIES = [
  "CAP_CHOWN",
  "CAP_DAC_OVERRIDE",
  "CAP_FSETID",
  "CAP_FOWNER",
  "CAP_MKNOD",
  "CAP_NET_RAW",
  "CAP_SETGID",
  "CAP_SETUID",
  "CAP_SETFCAP",
  "CAP_SETPCAP",
  "CAP_NET_BIND_SERVICE",
  "CAP_SYS_CHROOT",
  "CAP_KILL",
  "CAP_AUDIT_WRITE",
] as const;

/** All capabilities, in the kernel's numbering (capability.h). */
export const ALL_CAPABILITIES =
  `CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE
   NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN
   SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE
   MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE`
    .split(/\s+/)
    .map((name) => `CAP_${name}`);

function normalise(name: string): string {
  const upper = name.toUpperCase();
  if (upper === "ALL") return upper;
  const full = upper.startsWith("CAP_") ? upper : `CAP_${upper}`;
  if (ALL_CAPABILITIES.includes(full)) return full;
  const near = nearest(full, ALL_CAPABILITIES);
  throw invalid(`invalid capability: "${name}"${near ? ` (did you mean ${near.slice(4)}?)` : ""}`);
}

/**
 * The capabilities of a container: the default set, changed by `add` and `drop` in Docker's way (names with or
 * without CAP_, any case; `ALL` in either list first, then the others; drop wins over the default, add over `drop ALL`).
 * `held` are the ones this engine itself has: it cannot give away more. @throws invalid
 */
export function containerCapabilities(
  add: readonly string[],
  drop: readonly string[],
  privileged: boolean,
  held: readonly string[],
): string[] {
  const available = ALL_CAPABILITIES.filter((name) => held.includes(name));
  if (privileged) return available;
  const adds = add.map(normalise);
  const drops = drop.map(normalise);
  const start: readonly string[] = adds.includes("ALL")
    ? available
    : drops.includes("ALL")
      ? []
      : DEFAULT_CAPABILITIES.filter((name) => available.includes(name));
  const dropped = start.filter((name) => !drops.includes(name));
  const added = adds.filter((name) => name !== "ALL" && !dropped.includes(name));
  return [...dropped, ...added];
}

/** Capabilities of this process, from a `CapBnd`-style hexadecimal mask. */
export function capabilitiesOfMask(mask: string): string[] {
  const bits = BigInt(`0x${mask}`);
  return ALL_CAPABILITIES.filter((_, bit) => (bits >> BigInt(bit)) & 1n);
}
