import { invalid } from "../../core/index.ts";
import type { HealthcheckConfig } from "../../spec/index.ts";

/** The `--health-*` flags; durations in nanoseconds, 0 where a flag was not given. */
export interface HealthFlags {
  readonly disabled: boolean;
  readonly command: string;
  readonly interval: number;
  readonly timeout: number;
  readonly startPeriod: number;
  readonly startInterval: number;
  readonly retries: number;
}

/** The health check of a container; undefined where no flag asks for one. @throws invalid */
export function chooseHealthcheck(flags: HealthFlags): HealthcheckConfig | undefined {
  const { disabled, command, interval, timeout, startPeriod, startInterval, retries } = flags;
  const wanted =
    command !== "" || [interval, timeout, startPeriod, startInterval, retries].some((value) => value !== 0);
  if (disabled) {
    if (wanted) throw invalid("--no-healthcheck conflicts with --health-* options");
    return { Test: ["NONE"] };
  }
  if (!wanted) return undefined;
  const limits = { interval, timeout, retries, "start-period": startPeriod, "start-interval": startInterval };
  for (const [name, value] of Object.entries(limits)) {
    if (value < 0) throw invalid(`--health-${name} cannot be negative`);
  }
  return {
    ...(command && { Test: ["CMD-SHELL", command] }),
    ...(interval && { Interval: interval }),
    ...(timeout && { Timeout: timeout }),
    ...(startPeriod && { StartPeriod: startPeriod }),
    ...(startInterval && { StartInterval: startInterval }),
    ...(retries && { Retries: retries }),
  };
}
