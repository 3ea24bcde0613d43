const UNIFIED = "/sys/fs/cgroup/unified";

/**
 * crun refuses hosts whose control groups are of version 1 with controllers on version 2 beside them. Where it does not
 * see the version 2 tree it works with version 1 and all its limits. So there it is called through these words, which give
 * it a mount namespace of its own without that tree; the monitor and everything else stay in the host's.
 */
export function hybridLauncher(unshare: string): string[] {
  const inner = `umount ${UNIFIED} && exec "$0" "$@"`;
  return [unshare, "--mount", "--propagation", "slave", "sh", "-c", inner];
}
