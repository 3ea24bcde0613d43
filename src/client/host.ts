import { invalid, unsupported } from "../core/index.ts";
import type { Endpoint } from "./types.ts";

/** Where Berth's own engine listens unless told otherwise. */
export const DEFAULT_SOCKET = "/run/berth/berth.sock";

/**
 * Reads `unix:///path` or `tcp://host[:port]`; a TCP port that is not written is 0 here and decided by the use of TLS.
 * @throws invalid, unsupported
 */
export function parseHost(text: string): Endpoint {
  const [, scheme = "tcp", rest = ""] = /^(?:([a-z]+):\/\/)?(.*)$/.exec(text.trim()) ?? [];
  if (scheme === "unix") return { kind: "unix", path: rest || DEFAULT_SOCKET };
  if (scheme === "ssh") {
    throw unsupported(
      `ssh:// hosts are not supported: forward the socket (ssh -L /tmp/berth.sock:/run/berth/berth.sock ...) and use -H unix:///tmp/berth.sock instead of ${text}`,
    );
  }
  if (scheme !== "tcp" && scheme !== "http") {
    throw invalid(`unable to parse docker host '${text}': the scheme must be unix or tcp`);
  }
  const m = /^(\[[0-9a-fA-F:.]+\]|[^:/[\]]*)(?::(\d{1,5}))?\/?$/.exec(rest);
  const port = Number(m?.[2] ?? 0);
  if (!m || rest === "" || port > 65535) {
    throw invalid(`unable to parse docker host '${text}': expected tcp://HOST[:PORT]`);
  }
  return { kind: "tcp", host: (m[1] || "127.0.0.1").replace(/^\[|\]$/g, ""), port };
}
