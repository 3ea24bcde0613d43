import { readFileSync } from "node:fs";

/**
 * The last error in a runtime's log of JSON objects; undefined when it reported none. Newer versions of crun write an
 * object over several lines, of which only the first begins with a brace.
 */
export function lastRuntimeError(path: string): string | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
  for (const object of text.split(/^(?=\{)/m).reverse()) {
    try {
      const entry = JSON.parse(object) as { level?: unknown; msg?: unknown };
      const failed = entry.level === "error" || entry.level === "fatal";
      if (failed && typeof entry.msg === "string") return entry.msg;
    } catch {
      // One cut short by a full disk: older ones may still tell.
    }
  }
  return undefined;
}
