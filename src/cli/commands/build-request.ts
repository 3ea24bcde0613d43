import type { RequestOptions } from "../../client/index.ts";
import { invalid, messageOf, parseReference } from "../../core/index.ts";
import type { CommandContext } from "../command.ts";
import { type ClientConfig, proxyVariables } from "../run-options/client-config.ts";
import { parseEnv, parseLabel } from "../run-options/env.ts";
import { FlagReader } from "../run-options/flag-reader.ts";
import { parseExtraHost } from "../run-options/hosts.ts";
import { mergeUlimits, parseSwap, parseUlimit } from "../run-options/resources.ts";
import { cut, pairs, parseSize } from "../run-options/text.ts";
import { buildFlags } from "./build-flags.ts";

type Query = NonNullable<RequestOptions["query"]>;

/** The parameters of `POST /build` for the flags of `build`, but for the context. @throws FlagError */
export function buildQuery({ args, env }: CommandContext, config: ClientConfig, engine: string): Query {
  const flags = new FlagReader(args, buildFlags);
  const labels = pairs(flags.many("label", parseLabel));
  const ulimits = mergeUlimits(flags.many("ulimit", parseUlimit));
  const builtWith = buildArguments(
    proxyVariables(config, engine),
    flags.many("build-arg", (text) => parseEnv(text, env)),
  );
  const caches = args.list("cache-from").flatMap((text) => text.split(","));
  const network = args.string("network");
  return {
    t: flags.many("tag", parseTag),
    buildargs: jsonOf(builtWith),
    labels: jsonOf(labels),
    cachefrom: caches.length > 0 ? JSON.stringify(caches) : undefined,
    extrahosts: flags.many("add-host", parseExtraHost),
    securityopt: args.list("security-opt"),
    ulimits: ulimits.length > 0 ? JSON.stringify(ulimits) : undefined,
    nocache: whenTrue(args.boolean("no-cache")),
    pull: whenTrue(args.boolean("pull")),
    forcerm: whenTrue(args.boolean("force-rm")),
    squash: whenTrue(args.boolean("squash")),
    rm: args.boolean("rm") ? undefined : false,
    target: flags.text("target") || undefined,
    platform: (flags.text("platform") || env.DOCKER_DEFAULT_PLATFORM)?.toLowerCase(),
    networkmode: network === "default" ? undefined : network,
    isolation: flags.text("isolation") || undefined,
    cgroupparent: flags.text("cgroup-parent") || undefined,
    cpusetcpus: flags.text("cpuset-cpus") || undefined,
    cpusetmems: flags.text("cpuset-mems") || undefined,
    cpuperiod: flags.number("cpu-period") || undefined,
    cpuquota: flags.number("cpu-quota") || undefined,
    cpushares: flags.number("cpu-shares") || undefined,
    memory: flags.one("memory", parseSize) || undefined,
    memswap: flags.one("memory-swap", parseSwap) || undefined,
    shmsize: flags.one("shm-size", parseSize) || undefined,
    version: 1,
  };
}

function parseTag(text: string): string {
  try {
    parseReference(text);
  } catch (error) {
    throw invalid(messageOf(error));
  }
  return text;
}

/** A name without a value that the client does not know either is sent as null: the Dockerfile's default holds. */
function buildArguments(
  defaults: readonly string[],
  given: readonly string[],
): Record<string, string | null> {
  const values: Record<string, string | null> = pairs(defaults);
  for (const text of given) {
    const [name, value] = cut(text, "=");
    values[name] = value ?? null;
  }
  return values;
}

function jsonOf(map: Record<string, string | null>): string | undefined {
  return Object.keys(map).length > 0 ? JSON.stringify(map) : undefined;
}

function whenTrue(value: boolean): true | undefined {
  return value || undefined;
}
