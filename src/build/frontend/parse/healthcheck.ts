import { parseDuration } from "../../../core/index.ts";
import type { HealthcheckConfig } from "../../../spec/index.ts";
import type { HealthcheckInstruction } from "../instruction.ts";
import { trimStart } from "../space.ts";
import { readCommand } from "./command.ts";
import { mistake, origin, type ParseRequest, readFlags, required } from "./request.ts";

const MILLISECOND = 1_000_000;
const FLAGS = ["interval", "timeout", "start-period", "start-interval", "retries"] as const;

export function parseHealthcheck(request: ParseRequest): HealthcheckInstruction {
  const type = /^[^\s]+/.exec(required(request))?.[0] ?? "";
  const rest = trimStart(request.rest.slice(type.length));
  const name = type.toUpperCase();
  if (name === "NONE") {
    readFlags(request, []);
    if (rest !== "") throw mistake(request, "HEALTHCHECK NONE takes no arguments");
    return { ...origin(request), kind: "healthcheck", check: { Test: ["NONE"] } };
  }
  const flags = readFlags(request, FLAGS);
  if (name !== "CMD") throw mistake(request, `unknown type ${JSON.stringify(name)} in HEALTHCHECK (try CMD)`);
  const command = readCommand(request, rest);
  if (command.args.length === 0) throw mistake(request, "missing command after HEALTHCHECK CMD");
  const check: HealthcheckConfig = { Test: [command.shell ? "CMD-SHELL" : "CMD", ...command.args] };
  const span = (flag: (typeof FLAGS)[number]) => readSpan(request, flag, flags[flag]);
  const retries = readRetries(request, flags.retries);
  return {
    ...origin(request),
    kind: "healthcheck",
    check: {
      ...check,
      ...optional("Interval", span("interval")),
      ...optional("Timeout", span("timeout")),
      ...optional("StartPeriod", span("start-period")),
      ...optional("StartInterval", span("start-interval")),
      ...optional("Retries", retries),
    },
  };
}

/** Zero means "the default" and is not stored. */
function optional<Key extends string>(key: Key, value: number): Partial<Record<Key, number>> {
  return value === 0 ? {} : ({ [key]: value } as Record<Key, number>);
}

/** Nanoseconds of a duration flag; 0 when absent. */
function readSpan(request: ParseRequest, flag: string, text: string | undefined): number {
  if (text === undefined || text === "") return 0;
  const span = parseDuration(text);
  if (span === undefined) throw mistake(request, `invalid duration ${JSON.stringify(text)} for --${flag}`);
  if (span !== 0 && span < MILLISECOND) {
    throw mistake(request, `Interval ${JSON.stringify(flag)} cannot be less than 1ms`);
  }
  return span;
}

function readRetries(request: ParseRequest, text: string | undefined): number {
  if (text === undefined || text === "") return 0;
  const retries = /^[+-]?\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(retries)) throw mistake(request, `invalid number ${JSON.stringify(text)} for --retries`);
  if (retries < 0) throw mistake(request, `--retries cannot be negative (${retries})`);
  return retries;
}
