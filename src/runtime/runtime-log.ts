import { readFileSync } from "node:fs";

/** The last error in a runtime's log of JSON lines; undefined when it reported none. */
export function lastRuntimeError(path: string): string | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
  for (const line of text.trimEnd().split("\n").reverse()) {
    try {
      const entry = JSON.parse(line) as { level?: unknown; msg?: unknown };
      const failed = entry.level === "error" || entry.level === "fatal";
      if (failed && typeof entry.msg === "string") return entry.msg;
    } catch {
      // A line cut short by a full disk: older lines may still tell.
    }
  }
  return undefined;
}
