import { invalid } from "./errors.ts";

/** Go's zero time, which the Docker API shows where nothing has happened yet. */
export const ZERO_TIME = "0001-01-01T00:00:00Z";

/** Nanoseconds since the epoch; monotone within the process so that two events never share a time. */
let last = 0n;
export function nowNanos(): bigint {
  const wall = BigInt(Math.floor((performance.timeOrigin + performance.now()) * 1e6));
  last = wall > last ? wall : last + 1n;
  return last;
}

/** RFC 3339 with nanoseconds, UTC, e.g. `2026-01-02T03:04:05.123456789Z`. Trailing zeros are dropped as Go does. */
export function rfc3339Nano(nanos: bigint = nowNanos()): string {
  const seconds = new Date(Number(nanos / 1_000_000n)).toISOString().slice(0, 19);
  const fraction = String(nanos % 1_000_000_000n)
    .padStart(9, "0")
    .replace(/0+$/, "");
  return `${seconds}${fraction ? `.${fraction}` : ""}Z`;
}

/** Nanoseconds since the epoch of an RFC 3339 time, with any fraction and zone; undefined when it is not one. */
export function parseRfc3339(text: string): bigint | undefined {
  const m = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?([Zz]|[+-]\d\d:\d\d)$/.exec(text);
  if (!m) return undefined;
  const ms = Date.parse(`${m[1]}T${m[2]}${(m[4] ?? "Z").toUpperCase()}`);
  if (Number.isNaN(ms)) return undefined;
  return BigInt(ms) * 1_000_000n + BigInt((m[3] ?? "").padEnd(9, "0"));
}

const UNITS: Record<string, number> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

/** Nanoseconds of a Go duration such as `1h30m`, `1.5s`, `-2ms`, `0`; undefined when it is not one. */
export function parseDuration(text: string): number | undefined {
  const sign = text.startsWith("-") ? -1 : 1;
  const body = text.replace(/^[+-]/, "");
  if (body === "0") return 0;
  if (!/^(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(body)) return undefined;
  let total = 0;
  for (const [, amount, unit] of body.matchAll(/(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g)) {
    total += Number(amount) * (UNITS[unit as string] as number);
  }
  return sign * Math.round(total);
}

/** A Go duration as `time.Duration.String` writes it, e.g. `1m30s`, `500ms`. */
export function formatDuration(nanos: number): string {
  if (nanos === 0) return "0s";
  const sign = nanos < 0 ? "-" : "";
  const n = Math.abs(nanos);
  if (n < 1e3) return `${sign}${n}ns`;
  if (n < 1e6) return `${sign}${n / 1e3}µs`;
  if (n < 1e9) return `${sign}${n / 1e6}ms`;
  const hours = Math.floor(n / 3600e9);
  const minutes = Math.floor((n % 3600e9) / 60e9);
  const seconds = (n % 60e9) / 1e9;
  return `${sign}${hours ? `${hours}h` : ""}${hours || minutes ? `${minutes}m` : ""}${seconds}s`;
}

/** A span in words, rounded down as `docker ps` shows it: "Less than a second", "About an hour", "3 weeks". */
export function humanDuration(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60 + 0.5);
  if (seconds < 1) return "Less than a second";
  if (seconds === 1) return "1 second";
  if (seconds < 60) return `${seconds} seconds`;
  if (minutes === 1) return "About a minute";
  if (minutes < 60) return `${minutes} minutes`;
  if (hours === 1) return "About an hour";
  if (hours < 48) return `${hours} hours`;
  if (hours < 24 * 7 * 2) return `${Math.floor(hours / 24)} days`;
  if (hours < 24 * 30 * 2) return `${Math.floor(hours / 24 / 7)} weeks`;
  if (hours < 24 * 365 * 2) return `${Math.floor(hours / 24 / 30)} months`;
  return `${Math.floor(hours / 24 / 365)} years`;
}

/**
 * A moment as the API's `since` and `until` take it: unix seconds with an optional fraction, RFC 3339, a date or
 * local time without zone (read as UTC), or a Go duration back from now. Nanoseconds since the epoch.
 * @throws invalid
 */
export function parseMoment(text: string, now: bigint = nowNanos()): bigint {
  const unix = /^(\d+)(?:\.(\d{1,9})\d*)?$/.exec(text);
  if (unix) return BigInt(unix[1] as string) * 1_000_000_000n + BigInt((unix[2] ?? "").padEnd(9, "0"));
  const duration = parseDuration(text);
  if (duration !== undefined) return now - BigInt(duration);
  const whole = /^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00` : text;
  const filled = /T\d\d:\d\d$/.test(whole) ? `${whole}:00` : whole;
  const moment = parseRfc3339(filled) ?? parseRfc3339(`${filled}Z`);
  if (moment === undefined) throw invalid(`failed to parse ${JSON.stringify(text)} as a time or duration`);
  return moment;
}
