import { type Line, lineTime } from "./line.ts";

/** `2026-01-02T03:04:05.123456789`, in UTC. */
const STAMP = 29;
const DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/;

/** RFC 3339 in UTC with always nine digits, as Docker prefixes lines, without the `Z`. */
export function fixedStamp(nanos: bigint): string {
  const billion = 1_000_000_000n;
  const fraction = ((nanos % billion) + billion) % billion;
  const seconds = new Date(Number((nanos - fraction) / 1_000_000n)).toISOString().slice(0, 19);
  return `${seconds}.${String(fraction).padStart(9, "0")}`;
}

/** Tells lines before a moment from those after, mostly by comparing bytes: times in UTC sort as text. */
export class TimeBound {
  readonly #stamp: Uint8Array | undefined;

  constructor(private readonly nanos: bigint) {
    this.#stamp = stampBytes(nanos);
  }

  /** Negative when the line is earlier than the moment, 0 at it, positive when later. */
  compare(buffer: Uint8Array, line: Line): number {
    const stamp = this.#stamp;
    if (!stamp || !isUtcStamp(buffer, line)) {
      const time = lineTime(buffer, line);
      return time < this.nanos ? -1 : time > this.nanos ? 1 : 0;
    }
    for (let i = 0; i < STAMP; i++) {
      const difference = (buffer[line.start + i] as number) - (stamp[i] as number);
      if (difference !== 0) return difference;
    }
    return 0;
  }
}

function stampBytes(nanos: bigint): Uint8Array | undefined {
  let stamp: string;
  try {
    stamp = fixedStamp(nanos);
  } catch {
    return undefined; // Beyond what a date can be.
  }
  return DATE.test(stamp.slice(0, 19)) ? Buffer.from(stamp, "latin1") : undefined;
}

const PREFIX = 10;
const PLUS = 0x2b;
const ZERO = 0x30;
const UPPER_Z = 0x5a;

/** Whether the line's time has nine digits and is UTC, written `+00:00` or `Z`. */
export function isUtcStamp(buffer: Uint8Array, line: Line): boolean {
  const zone = line.start + STAMP;
  const length = line.content - PREFIX - zone;
  if (length === 1) return buffer[zone] === UPPER_Z;
  return (
    length === 6 &&
    buffer[zone] === PLUS &&
    buffer[zone + 1] === ZERO &&
    buffer[zone + 2] === ZERO &&
    buffer[zone + 4] === ZERO &&
    buffer[zone + 5] === ZERO
  );
}
