import { arch } from "node:process";
import { kernelRunsX32 } from "../../kernel/index.ts";
import type { OciSeccomp, OciSeccompRule } from "../../spec/index.ts";
import { ALLOWED_SYSCALLS } from "./allowed-syscalls.ts";

const ENOSYS = 38;
const AF_VSOCK = 40;
/** All CLONE_NEW* flags but those a container may use freely: namespaces are for CAP_SYS_ADMIN. */
const CLONE_NAMESPACES = 0x7e020000;

/** The native architecture and those whose programs it also runs. */
function architectures(): string[] {
  // Where the kernel runs no x32 programs there is nothing to filter, and the runtime compiles a third less.
  if (arch === "x64")
    return ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", ...(kernelRunsX32() ? ["SCMP_ARCH_X32"] : [])];
  return arch === "arm64" ? ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"] : [];
}

/** What each capability opens beyond the common set. */
const BY_CAPABILITY: Record<string, string> = {
  CAP_BPF: "bpf",
  CAP_DAC_READ_SEARCH: "open_by_handle_at",
  CAP_PERFMON: "perf_event_open",
  CAP_SYS_ADMIN:
    "bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie lsm_get_self_attr lsm_list_modules " +
    "lsm_set_self_attr mount mount_setattr move_mount open_tree perf_event_open quotactl quotactl_fd setdomainname " +
    "sethostname setns syslog umount umount2 unshare",
  CAP_SYS_BOOT: "reboot",
  CAP_SYS_CHROOT: "chroot",
  CAP_SYS_MODULE: "delete_module finit_module init_module",
  CAP_SYS_NICE: "get_mempolicy mbind set_mempolicy set_mempolicy_home_node",
  CAP_SYS_PACCT: "acct",
  CAP_SYS_PTRACE: "kcmp pidfd_getfd process_madvise",
  CAP_SYS_RAWIO: "ioperm iopl",
  CAP_SYS_TIME: "clock_settime clock_settime64 settimeofday stime",
  CAP_SYS_TTY_CONFIG: "vhangup",
  CAP_SYSLOG: "syslog",
};

/** personality(2) values that only choose how a program sees memory and uname: Linux, 32 bit, UNAME26, and "ask". */
const PERSONALITIES = [0x0, 0x0008, 0x20000, 0x20008, 0xffffffff];

const allow = (names: string[], args?: OciSeccompRule["args"]): OciSeccompRule => ({
  names,
  action: "SCMP_ACT_ALLOW",
  ...(args && { args }),
});

/**
 * The default seccomp filter for a container with these capabilities: everything not listed fails with EPERM.
 * Its effect is that of Docker's default profile.
 */
export function defaultSeccomp(capabilities: readonly string[]): OciSeccomp {
  const rules: OciSeccompRule[] = [
    allow(ALLOWED_SYSCALLS),
    allow(["socket"], [{ index: 0, value: AF_VSOCK, op: "SCMP_CMP_NE" }]),
    ...PERSONALITIES.map((value) => allow(["personality"], [{ index: 0, value, op: "SCMP_CMP_EQ" }])),
  ];
  const opened = capabilities.flatMap((capability) => BY_CAPABILITY[capability]?.split(" ") ?? []);
  if (opened.length > 0) rules.push(allow([...new Set(opened)].sort()));
  if (!capabilities.includes("CAP_SYS_ADMIN")) {
    rules.push(
      allow(["clone"], [{ index: 0, value: CLONE_NAMESPACES, valueTwo: 0, op: "SCMP_CMP_MASKED_EQ" }]),
    );
    // clone3 hides its flags behind a pointer; ENOSYS makes C libraries fall back to clone.
    rules.push({ names: ["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: ENOSYS });
  }
  return {
    defaultAction: "SCMP_ACT_ERRNO",
    defaultErrnoRet: 1,
    architectures: architectures(),
    syscalls: rules,
  };
}
