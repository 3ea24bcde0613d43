/**
 * A machine of its own for a script: own processes, network, mounts, and empty places where Berth keeps things by
 * default. It is for what uses the default socket and roots, which belong to the person whose machine this is. All
 * that runs there ends with the script.
 */
const PREPARE = `
set -eu
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /var/lib
mount -t tmpfs tmpfs /var/log
ip link set lo up
`;

/** Runs a shell script on such a machine; `env` comes on top of this process's. */
export async function onMachineOfItsOwn(
  script: string,
  env: Record<string, string> = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const own = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"];
  const { DOCKER_HOST: _, BERTH_HOST: __, ...inherited } = process.env;
  const child = Bun.spawn([...own, "sh", "-c", PREPARE + script], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    env: { ...inherited, ...env },
  });
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { code, stdout, stderr };
}
