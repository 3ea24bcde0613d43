import { invalid, parseDuration } from "../../core/index.ts";
import type { RestartPolicy, Ulimit } from "../../spec/index.ts";
import { cut, parseInteger, parseSize } from "./text.ts";

/** A size, or -1 for no limit. @throws invalid */
export function parseSwap(text: string): number {
  return text === "-1" ? -1 : parseSize(text);
}

/**
 * Billionths of a processor of a number of processors: a decimal (`1.5`, `2e-1`) or a fraction (`1/2`).
 * @throws invalid when it is not a number, or finer than a billionth
 */
export function parseCpus(text: string): number {
  const bad = () => invalid(`failed to parse ${text} as a rational number`);
  const [whole, divisor] = cut(text, "/");
  const [numerator, scale] = decimal(whole) ?? fail(bad());
  let below = 10n ** BigInt(Math.max(0, scale));
  const above = numerator * 10n ** BigInt(Math.max(0, -scale)) * 1_000_000_000n;
  if (divisor !== undefined) {
    if (!/^\d+$/.test(divisor) || BigInt(divisor) === 0n) throw bad();
    below *= BigInt(divisor);
  }
  if (above % below !== 0n) throw invalid("value is too precise");
  return Number(above / below);
}

/** A decimal as digits and the power of ten that divides them. */
function decimal(text: string): [bigint, number] | undefined {
  if (/^0[xX][0-9a-fA-F]+$/.test(text)) return [BigInt(text), 0];
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/.exec(text);
  const [, sign, whole = "", fraction = "", exponent = "0"] = match ?? [];
  if (!match || whole + fraction === "") return undefined;
  const digits = BigInt(whole + fraction);
  return [sign === "-" ? -digits : digits, fraction.length - Number(exponent)];
}

function fail(error: Error): never {
  throw error;
}

const LIMITS = new Set(
  "core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack".split(
    " ",
  ),
);

/** One `--ulimit`, `name=soft[:hard]`; -1 means no limit. @throws invalid */
export function parseUlimit(text: string): Ulimit {
  const [name, limits] = cut(text, "=");
  if (limits === undefined) throw invalid(`invalid ulimit argument: ${text}`);
  if (!LIMITS.has(name)) throw invalid(`invalid ulimit type: ${name}`);
  const parts = limits.split(":");
  if (parts.length > 2) {
    throw invalid(`too many limit value arguments - ${limits}, can only have up to two, \`soft[:hard]\``);
  }
  const soft = parseInteger(parts[0] ?? "");
  const hard = parts[1] === undefined ? soft : parseInteger(parts[1]);
  const order = "ulimit soft limit must be less than or equal to hard limit";
  if (hard !== -1 && soft === -1) throw invalid(`${order}: soft: -1 (unlimited), hard: ${hard}`);
  if (hard !== -1 && soft > hard) throw invalid(`${order}: ${soft} > ${hard}`);
  return { Name: name, Hard: hard, Soft: soft };
}

/** The last limit of each name, by name. */
export function mergeUlimits(limits: readonly Ulimit[]): Ulimit[] {
  const byName = new Map(limits.map((limit) => [limit.Name, limit]));
  return [...byName.values()].sort((a, b) => (a.Name < b.Name ? -1 : 1));
}

/** Nanoseconds of a duration flag. @throws invalid, worded as Go's time package words it */
export function parseDurationFlag(text: string): number {
  const nanos = parseDuration(text);
  if (nanos !== undefined) return nanos;
  const quoted = JSON.stringify(text);
  const [, number, unit] = /^[+-]?(?:(?:[\d.]+(?:ns|us|µs|μs|ms|s|m|h))*)([\d.]+)([^\d.]*)/.exec(text) ?? [];
  if (number === undefined) throw invalid(`time: invalid duration ${quoted}`);
  if (unit === "") throw invalid(`time: missing unit in duration ${quoted}`);
  throw invalid(`time: unknown unit ${JSON.stringify(unit)} in duration ${quoted}`);
}

/** `--restart`: `name[:retries]`. The engine judges the name. @throws invalid */
export function parseRestartPolicy(text: string): RestartPolicy {
  const [name, retries] = cut(text, ":");
  const bad = (why: string) => invalid(`invalid restart policy format: ${why}`);
  if (retries !== undefined && name === "") throw bad("no policy provided before colon");
  if (retries && !/^[+-]?\d+$/.test(retries)) throw bad("maximum retry count must be an integer");
  return { Name: name as RestartPolicy["Name"], MaximumRetryCount: Number(retries ?? 0) };
}
