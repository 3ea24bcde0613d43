import { invalid, pathPattern } from "../core/index.ts";

/** A pattern for names as Go's path.Match reads it. @throws invalid for one that is cut off */
export function globTest(pattern: string): (text: string) => boolean {
  try {
    return pathPattern(pattern, { crossing: false });
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw invalid(`syntax error in pattern ${JSON.stringify(pattern)}`);
  }
}
