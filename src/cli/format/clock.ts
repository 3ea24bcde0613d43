import { humanDuration } from "../../core/index.ts";

/** `5 minutes ago`, from unix seconds. */
export function ago(unixSeconds: number, now = Date.now()): string {
  return `${humanDuration(now - unixSeconds * 1000)} ago`;
}

/** A local time as Go prints it: `2026-01-02 03:04:05.123456789 +0100 CET`; nanoseconds without trailing zeros. */
export function goTime(unixSeconds: number, fraction = ""): string {
  const date = new Date(unixSeconds * 1000);
  const part = fraction === "" ? "" : `.${fraction}`;
  return `${localDate(date)} ${localClock(date)}${part} ${offset(date, "")} ${zoneName(date)}`;
}

/** A local time in RFC 3339: `2026-01-02T03:04:05+01:00`, `Z` for UTC. `fraction` is written as it is. */
export function localRfc3339(unixSeconds: number, fraction = ""): string {
  const date = new Date(unixSeconds * 1000);
  const part = fraction === "" ? "" : `.${fraction}`;
  const zone = date.getTimezoneOffset() === 0 ? "Z" : offset(date, ":");
  return `${localDate(date)}T${localClock(date)}${part}${zone}`;
}

const two = (n: number) => String(n).padStart(2, "0");

function localDate(date: Date): string {
  return `${String(date.getFullYear()).padStart(4, "0")}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

function localClock(date: Date): string {
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

function offset(date: Date, separator: string): string {
  const minutes = -date.getTimezoneOffset();
  const size = Math.abs(minutes);
  return `${minutes < 0 ? "-" : "+"}${two(Math.floor(size / 60))}${separator}${two(size % 60)}`;
}

/** English-speaking places know different abbreviations. */
const LOCALES = ["en-US", "en-GB", "en-IN", "en-AU", "en-CA", "en-ZA"];

/** The zone's abbreviation; its offset where it has none. */
function zoneName(date: Date): string {
  for (const locale of LOCALES) {
    const parts = new Intl.DateTimeFormat(locale, { timeZoneName: "short" }).formatToParts(date);
    const name = parts.find((part) => part.type === "timeZoneName")?.value ?? "";
    if (/^[A-Z]{2,5}$/.test(name)) return name;
  }
  return offset(date, "").replace(/00$/, "");
}
