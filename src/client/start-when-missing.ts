import type { ConnectionError } from "./errors.ts";
import type { Endpoint } from "./types.ts";

/** For `onUnreachable`: starts the engine when nothing listens at its socket. Its code is loaded only then. */
export function startWhenMissing(
  endpoint: Endpoint,
  say: (line: string) => void,
): (error: ConnectionError) => Promise<boolean> {
  return async (error) => {
    if (error.code !== "ENOENT" && error.code !== "ECONNREFUSED") return false;
    const { startEngine } = await import("./autostart.ts");
    await startEngine({ endpoint, say });
    return true;
  };
}
