import { isAbsolute, resolve } from "node:path";
import { invalid } from "../../core/index.ts";
import { cut } from "./text.ts";

export interface Volumes {
  /** `source:target[:options]` for `HostConfig.Binds`. */
  readonly binds: string[];
  /** Targets of anonymous volumes. */
  readonly anonymous: Record<string, Record<string, never>>;
}

/**
 * `--volume` values: `target`, or `source:target[:options]`. A source that begins with a dot is a path relative to
 * the client's working directory, which the engine cannot know. @throws invalid
 */
export function parseVolumes(values: readonly string[], workingDirectory: string): Volumes {
  const binds = new Set<string>();
  const anonymous: Record<string, Record<string, never>> = {};
  for (const value of values) {
    if (value === "") throw invalid("invalid empty volume spec");
    if (!hasSource(value)) {
      anonymous[value] = {};
      continue;
    }
    const [source, rest] = cut(value, ":");
    const relative = source.startsWith(".") && !isAbsolute(source);
    binds.add(relative ? `${resolve(workingDirectory, source)}:${rest}` : value);
  }
  return { binds: [...binds], anonymous };
}

function hasSource(value: string): boolean {
  // One letter, a colon and a slash begin a path of Windows, whose own colon separates nothing.
  const sections = value.replace(/^([A-Za-z]):(?=[\\/].*:)/, "$1").split(":");
  if (sections.includes("")) throw invalid(`invalid spec: ${value}: empty section between colons`);
  return sections.length > 1;
}

/** `--tmpfs` values, `target[:options]`. */
export function parseTmpfs(values: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    values.map((value) => {
      const [target, options = ""] = cut(value, ":");
      return [target, options];
    }),
  );
}
