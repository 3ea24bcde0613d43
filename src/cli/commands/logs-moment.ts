import { invalid, parseMoment } from "../../core/index.ts";

/**
 * A moment of `--since` and `--until` as the API takes it, unix seconds with nine digits after the point: a time with
 * or without zone (then the client's own), unix seconds, or a duration back from now. @throws invalid
 */
export function momentQuery(flag: string, text: string | undefined): string | undefined {
  if (!text) return undefined;
  let nanos: bigint;
  try {
    nanos = parseMoment(inLocalZone(text));
  } catch {
    throw invalid(
      `invalid value for ${JSON.stringify(flag)}: failed to parse value as time or duration: ${JSON.stringify(text)}`,
    );
  }
  return `${nanos / 1_000_000_000n}.${String(nanos % 1_000_000_000n).padStart(9, "0")}`;
}

/** Adds the client's offset from UTC, of that day, to a time that names no zone. */
function inLocalZone(text: string): string {
  const match = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d)(:\d\d(?:\.\d+)?)?)?$/.exec(text);
  if (!match) return text;
  const [, date = "", minutes = "00:00", seconds = ":00"] = match;
  const offset = -new Date(`${date}T${minutes}:00`).getTimezoneOffset();
  if (Number.isNaN(offset)) return text;
  const two = (value: number) => String(Math.floor(value)).padStart(2, "0");
  const distance = Math.abs(offset);
  return `${date}T${minutes}${seconds}${offset < 0 ? "-" : "+"}${two(distance / 60)}:${two(distance % 60)}`;
}
