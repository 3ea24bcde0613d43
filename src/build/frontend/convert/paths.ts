import { posix } from "node:path";
import { invalid } from "../../../core/index.ts";

function withoutNul(path: string): string {
  if (path.includes("\0")) throw invalid(`path ${JSON.stringify(path)} contains a NUL character`);
  return path;
}

/** A destination made absolute over the working directory; a slash at its end is kept. */
export function absoluteDestination(workingDirectory: string, path: string): string {
  const written = path === "" || path === "." ? "./" : withoutNul(path);
  const whole = posix.resolve("/", workingDirectory, written);
  const slash = /(^|\/)\.?$/.test(written) && whole !== "/";
  return slash ? `${whole}/` : whole;
}

/** A source path as a path from the root of what is copied from: `..` and a leading slash cannot leave it. */
export function rootedSource(path: string): string {
  return posix.join("/", withoutNul(path));
}
