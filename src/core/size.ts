import { invalid } from "./errors.ts";

/** Four significant digits as Go's %.4g writes them. */
function fourDigits(value: number): string {
  return String(Number(value.toPrecision(4)));
}

function human(bytes: number, base: number, units: readonly string[]): string {
  let value = bytes;
  let unit = 0;
  while (value >= base && unit < units.length - 1) {
    value /= base;
    unit++;
  }
  return fourDigits(value) + units[unit];
}

/** Decimal size as `docker images` shows it: `1.24MB` has three significant digits. */
export function humanSize3(bytes: number): string {
  let value = bytes;
  let unit = 0;
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return String(Number(value.toPrecision(3))) + units[unit];
}

/** Decimal size with four significant digits, as Docker's progress shows it: `1.235MB`. */
export function humanSize(bytes: number): string {
  return human(bytes, 1000, ["B", "kB", "MB", "GB", "TB", "PB"]);
}

/** Binary size with four significant digits: `1.5GiB`. */
export function humanBytes(bytes: number): string {
  return human(bytes, 1024, ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]);
}

/** Bytes of a size written as `512m`, `1.5g`, `64KiB`: units are binary, as Docker reads memory. @throws invalid */
export function parseBytes(text: string): number {
  const m = /^(\d+(?:\.\d+)?)\s*(?:([kmgtp])?(?:i?b)?|b)$/i.exec(text.trim());
  if (!m) throw invalid(`invalid size: '${text}'`);
  const power = m[2] ? "kmgtp".indexOf(m[2].toLowerCase()) + 1 : 0;
  return Math.floor(Number(m[1]) * 1024 ** power);
}
