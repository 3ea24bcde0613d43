const CGROUPS = "/sys/fs/cgroup";
const UNIFIED = `${CGROUPS}/unified`;

/**
 * crun refuses hosts whose control groups are of version 1 with controllers on version 2 beside them. Where it does not
 * see the version 2 tree it works with version 1 and all its limits. So there it is called through these words, which give
 * it a mount namespace of its own without that tree; the monitor and everything else stay in the host's.
 */
export function hybridLauncher(unshare: string): string[] {
  return words(unshare, "slave", `umount ${UNIFIED}`);
}

/**
 * The same for containers that share mounts with the host: what they mount is to appear there, which it does not where
 * the namespace in between only follows the host's. The version 2 tree must stay mounted there all the same.
 */
export function sharingHybridLauncher(unshare: string): string[] {
  return words(unshare, "unchanged", `mount --make-private ${CGROUPS} && umount ${UNIFIED}`);
}

function words(unshare: string, propagation: string, preparation: string): string[] {
  const script = `${preparation} && exec "$0" "$@"`;
  return [unshare, "--mount", "--propagation", propagation, "sh", "-c", script];
}
