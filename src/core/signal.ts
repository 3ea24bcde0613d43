import { constants } from "node:os";
import { invalid } from "./errors.ts";

const BY_NAME = new Map<string, number>(
  Object.entries(constants.signals).map(([name, number]) => [name.slice(3), number]),
);
const RTMIN = 34;
const RTMAX = 64;

/** The number of a signal written as `TERM`, `SIGTERM`, `sigterm`, `15` or `RTMIN+3`. @throws invalid */
export function parseSignal(text: string): number {
  const bad = () => invalid(`invalid signal: ${text}`);
  if (/^\d+$/.test(text)) {
    const number = Number(text);
    if (number < 1 || number > RTMAX) throw bad();
    return number;
  }
  const name = text.toUpperCase().replace(/^SIG/, "");
  const realTime = /^RT(MIN|MAX)(?:([+-])(\d+))?$/.exec(name);
  if (realTime) {
    const base = realTime[1] === "MIN" ? RTMIN : RTMAX;
    const number = base + (realTime[2] === "-" ? -1 : 1) * Number(realTime[3] ?? 0);
    if (number < RTMIN || number > RTMAX) throw bad();
    return number;
  }
  const number = BY_NAME.get(name);
  if (number === undefined) throw bad();
  return number;
}

/** `SIGTERM` for 15; the number itself where there is no name. */
export function signalName(number: number): string {
  for (const [name, value] of BY_NAME) if (value === number) return `SIG${name}`;
  return String(number);
}
