import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const UNIFIED = "/sys/fs/cgroup/unified";

/** A word as sh(1) takes it. */
const quote = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;

/**
 * crun refuses hosts whose control groups are of version 1 with controllers on version 2 beside them. Where it does not
 * see the version 2 tree it works with version 1 and all its limits. So there it is called through a script that has a
 * mount namespace of its own without that tree; the monitor and everything else stay in the host's. Returns the script.
 */
export function writeHybridWrapper(crun: string, unshare: string, directory: string): string {
  mkdirSync(directory, { recursive: true, mode: 0o711 });
  const script = join(directory, "crun");
  const inner = `umount ${UNIFIED} && exec ${quote(crun)} "$@"`;
  const text = `#!/bin/sh\nexec ${quote(unshare)} --mount --propagation slave sh -c ${quote(inner)} crun "$@"\n`;
  // A daemon that starts again writes it anew while monitors may be calling it.
  const temporary = `${script}.${process.pid}`;
  writeFileSync(temporary, text, { mode: 0o755 });
  renameSync(temporary, script);
  return script;
}
