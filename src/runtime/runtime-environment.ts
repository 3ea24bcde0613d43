/** A runtime needs to find its helpers and nothing else of this process's environment. */
export function runtimeEnvironment(): Record<string, string | undefined> {
  return { PATH: process.env.PATH };
}
