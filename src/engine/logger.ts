import type { EngineConfig } from "./types.ts";

const RANK = { debug: 0, info: 1, warn: 2, error: 3 } as const;
export type LogLevel = keyof typeof RANK;

/** The daemon's own messages, a line each, to standard error. */
export type Logger = (level: LogLevel, message: string) => void;

export function createLogger(config: Pick<EngineConfig, "logLevel" | "logFormat">): Logger {
  return (level, message) => {
    if (RANK[level] < RANK[config.logLevel]) return;
    const time = new Date().toISOString();
    const line =
      config.logFormat === "json"
        ? JSON.stringify({ time, level, message })
        : `${time} ${level.padEnd(5)} ${message.replaceAll("\n", "\\n")}`;
    process.stderr.write(`${line}\n`);
  };
}
