import { invalid } from "../../core/index.ts";
import type { CommandContext } from "../command.ts";
import { openFileBytes } from "../context/file-bytes.ts";
import { isFolder, openLayoutFolder } from "../context/layout-folder.ts";
import { platformQuery } from "../platform-query.ts";
import { type Upload, uploadArchive } from "./load-upload.ts";

/** `berth load`: an archive, or the folder of an OCI image layout. */
export function run(context: CommandContext): Promise<number> {
  const { args, out } = context;
  const query = {
    quiet: args.boolean("quiet") || !out.isTerminal,
    platform: platformQuery(args.string("platform")),
  };
  const headers = { "Content-Type": "application/x-tar" };
  return uploadArchive(context, "/images/load", { query, headers }, source(args.string("input")));
}

/** @throws invalid when nothing could come from where the archive should */
function source(input: string | undefined): Upload {
  if (input) return isFolder(input) ? openLayoutFolder(input) : openFileBytes(input);
  const { isatty } = require("node:tty") as typeof import("node:tty");
  if (isatty(0)) throw invalid("requested load from stdin, but stdin is empty");
  return { bytes: Bun.stdin.stream(), size: 0 };
}
