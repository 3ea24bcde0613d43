import { realpathSync, statSync } from "node:fs";
import { codeOf, invalid } from "../../core/index.ts";
import { systemReason } from "../run-options/system-reason.ts";
import type { BuildContext } from "./build-context.ts";
import { localContext } from "./local-context.ts";
import { type ByteSource, readAll, stdinContext } from "./stdin-context.ts";

/**
 * The context that the words of the command line mean: a directory, `-` for an archive or a Dockerfile on standard
 * input, or a URL. `file` is `--file`, where `-` is a Dockerfile on standard input. @throws invalid
 */
export async function openContext(
  where: string,
  file: string | undefined,
  stdin: () => ByteSource,
): Promise<BuildContext> {
  if (where === "-" && file === "-") {
    throw invalid("invalid argument: can't use stdin for both build context and dockerfile");
  }
  if (where === "-") return stdinContext(stdin(), file);
  if (isRemote(where)) return { dockerfile: file, archive: undefined, remote: where };
  const root = directory(where);
  if (file === "-") return localContext(root, { text: await readAll(stdin()) });
  return localContext(root, { file });
}

/** A repository or an archive that the engine fetches. */
function isRemote(where: string): boolean {
  return /^(?:https?:\/\/|git:\/\/|git@|github\.com\/)/.test(where);
}

function directory(path: string): string {
  let isDirectory: boolean;
  try {
    isDirectory = statSync(path).isDirectory();
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") {
      throw invalid(`unable to prepare context: path "${path}" not found`);
    }
    throw invalid(`unable to prepare context: path "${path}": ${systemReason(error)}`);
  }
  if (!isDirectory) throw invalid(`unable to prepare context: context must be a directory: ${path}`);
  return realpathSync(path);
}
