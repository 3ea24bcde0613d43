import { formatPlatform, parsePlatform, parseReference } from "../../core/index.ts";
import type { CommandContext } from "../command.ts";
import { openFileBytes } from "../context/file-bytes.ts";
import { type Upload, uploadArchive } from "./load-upload.ts";

const NOTHING: Upload = { bytes: (async function* () {})(), size: 0 };

/** `berth import`: an archive of files becomes an image of one layer. A URL is fetched by the engine. */
export function run(context: CommandContext): Promise<number> {
  const { args, env } = context;
  const [source = "", repository] = args.positional;
  if (repository) parseReference(repository);
  const remote = /^https?:\/\//.test(source);
  const platform = args.string("platform") || env.DOCKER_DEFAULT_PLATFORM;
  const query = {
    fromSrc: remote ? source : "-",
    repo: repository,
    message: args.string("message") || undefined,
    changes: args.list("change"),
    platform: platform ? formatPlatform(parsePlatform(platform)) : undefined,
  };
  const headers = { "Content-Type": "application/x-tar" };
  return uploadArchive(context, "/images/create", { query, headers }, remote ? NOTHING : archive(source));
}

function archive(source: string): Upload {
  return source === "-" ? { bytes: Bun.stdin.stream(), size: 0 } : openFileBytes(source);
}
