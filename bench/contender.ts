/** One engine that is measured: how to call it, and how much memory its daemon takes. */
export interface Contender {
  readonly name: "berth" | "docker" | "podman";
  /** The command line, to which each row adds its own words. */
  readonly command: readonly string[];
  readonly env: Record<string, string>;
  /** Words that its `build` needs besides. */
  readonly buildFlags: readonly string[];
  /** Words that its `push` and `pull` need to reach a registry without TLS. */
  readonly registryFlags: readonly string[];
  /** Processes of the daemon; empty where there is none. */
  daemonPids(): number[];
}

/** Runs a command of a contender to its end; it must succeed. Returns what it printed. */
export async function call(
  { command, env }: Contender,
  args: readonly string[],
  stdin?: Uint8Array<ArrayBuffer>,
): Promise<string> {
  const child = Bun.spawn([...command, ...args], {
    env: { ...process.env, ...env },
    stdin: stdin ?? "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code !== 0) throw new Error(`${[...command, ...args].join(" ")}: status ${code}\n${stderr}`);
  return stdout.trim();
}

/** Milliseconds from the start of a command to its exit, as a person at a terminal waits for it. */
export async function timed({ command, env }: Contender, args: readonly string[]): Promise<number> {
  const started = performance.now();
  const child = Bun.spawn([...command, ...args], {
    env: { ...process.env, ...env },
    stdin: "ignore",
    stdout: "ignore",
    stderr: "ignore",
  });
  const code = await child.exited;
  const elapsed = performance.now() - started;
  if (code !== 0) throw new Error(`${[...command, ...args].join(" ")}: status ${code}`);
  return elapsed;
}
