import { rmSync, writeFileSync } from "node:fs";
import { formatEndpoint } from "../../client/index.ts";
import { invalid } from "../../core/index.ts";
import type { ProgressMessage } from "../../spec/index.ts";
import type { CommandContext } from "../command.ts";
import { openContext } from "../context/open-context.ts";
import { registryConfig } from "../credentials/request-auth.ts";
import { readClientConfig } from "../run-options/client-config.ts";
import { systemReason } from "../run-options/system-reason.ts";
import { type BuildDisplay, chooseDisplay } from "./build-display.ts";
import { buildQuery } from "./build-request.ts";

/** `berth build`. */
export async function run(context: CommandContext): Promise<number> {
  const { args, client, err } = context;
  const config = readClientConfig(context.configDirectory);
  const query = buildQuery(context, config, formatEndpoint(client.endpoint));
  const iidFile = args.string("iidfile");
  const quiet = args.boolean("quiet") || args.string("progress") === "quiet";
  const source = await openContext(args.positional[0] ?? "", args.string("file"), () => Bun.stdin.stream());
  // An id of an earlier build must not be taken for this one's.
  if (iidFile) rmSync(iidFile, { force: true });
  const display = chooseDisplay(context);
  const auth = await registryConfig(config, err);
  const messages = client.lines("POST", "/build", {
    query: { ...query, dockerfile: source.dockerfile, remote: source.remote, q: quiet || undefined },
    headers: { "Content-Type": "application/x-tar", ...auth },
    ...(source.archive && { body: counted(source.archive, display, args.boolean("compress")) }),
  });
  const result = await follow(messages, display);
  if ("error" in result) {
    err.write(`${result.error}\n`);
    return result.code;
  }
  if (iidFile) writeImageId(iidFile, result.id);
  return 0;
}

type Result = { id: string | undefined } | { error: string; code: number };

/** Shows what the engine says until the build has ended. */
async function follow(messages: AsyncIterable<ProgressMessage>, display: BuildDisplay): Promise<Result> {
  let id: string | undefined;
  try {
    for await (const message of messages) {
      if (message.error !== undefined) {
        display.finish("failed");
        // The exit status of the command that failed, where it was one.
        return { error: message.errorDetail?.message ?? message.error, code: message.errorDetail?.code || 1 };
      }
      const aux = message.aux as { ID?: unknown } | undefined;
      if (typeof aux?.ID === "string") id = aux.ID;
      display.message(message);
    }
  } catch (error) {
    display.finish("failed");
    throw error;
  }
  display.finish("done");
  return { id };
}

/** The context on its way, compressed where that was asked for; tells the display how far it is. */
async function* counted(
  archive: AsyncIterable<Uint8Array>,
  display: BuildDisplay,
  compress: boolean,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const piece of compress ? gzip(archive) : archive) {
    bytes += piece.length;
    display.sent(bytes, false);
    yield piece;
  }
  display.sent(bytes, true);
}

async function* gzip(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { createGzip } = await import("node:zlib");
  const { Readable } = await import("node:stream");
  yield* Readable.from(source).pipe(createGzip()) as AsyncIterable<Uint8Array>;
}

function writeImageId(path: string, id: string | undefined): void {
  if (id === undefined) throw invalid(`the engine did not say the image's id: nothing written to ${path}`);
  try {
    writeFileSync(path, id);
  } catch (error) {
    throw invalid(`cannot write the image's id to ${path}: ${systemReason(error)}`);
  }
}
