import { isIPv4, isIPv6 } from "node:net";
import { familiar, invalid, parseReference, withDefaultTag } from "../core/index.ts";
import type { ExecLimits, ExtraHost } from "./graph/index.ts";
import type { BuildRequest } from "./types.ts";

/** The tags of a request in full. @throws invalid "invalid reference format" */
export function buildTags(names: readonly string[]): string[] {
  const tags = names.map((tag) => {
    const reference = parseReference(tag);
    if (reference.digest)
      throw invalid(`invalid tag ${JSON.stringify(tag)}: a build cannot be tagged by digest`);
    return familiar(withDefaultTag(reference));
  });
  return [...new Set(tags)];
}

/** The network of RUN steps. @throws invalid */
export function buildNetwork(mode: string | undefined): "default" | "none" | "host" {
  if (mode === undefined || mode === "" || mode === "default" || mode === "bridge") return "default";
  if (mode === "none" || mode === "host") return mode;
  throw invalid(
    `network mode ${JSON.stringify(mode)} is not supported by build: use default, bridge, none or host`,
  );
}

/** `name:address` pairs of --add-host. @throws invalid */
export function buildHosts(extraHosts: readonly string[], gateway: () => string): ExtraHost[] {
  return extraHosts.map((entry) => {
    const at = entry.search(/[:=]/);
    const host = entry.slice(0, Math.max(at, 0));
    const written = entry.slice(at + 1).replace(/^\[(.*)\]$/, "$1");
    const address = written === "host-gateway" ? gateway() : written;
    if (!/^[^\s#]+$/.test(host) || (!isIPv4(address) && !isIPv6(address))) {
      throw invalid(`bad format for add-host: ${JSON.stringify(entry)}: expected name:address`);
    }
    return { host, address };
  });
}

export function buildLimits(request: BuildRequest): ExecLimits {
  const { shmSize, memory, cpuShares, cpuQuota, cpuPeriod, cpusetCpus, ulimits } = request;
  return {
    ...(shmSize && { shmSize }),
    ...(memory && { memory }),
    ...(cpuShares && { cpuShares }),
    ...(cpuQuota && { cpuQuota }),
    ...(cpuPeriod && { cpuPeriod }),
    ...(cpusetCpus && { cpusetCpus }),
    ...(ulimits && { ulimits }),
  };
}
