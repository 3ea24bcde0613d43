import type { RequestOptions } from "../../client/index.ts";
import type { CommandContext } from "../command.ts";
import { followProgress, MessageProgress } from "../terminal/message-progress.ts";

/** An archive on its way to the engine. */
export interface Upload {
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Bytes in all; 0 where that is not known. */
  readonly size: number;
}

/**
 * Sends an archive and shows what the engine says of it; on a terminal also how far the sending is. Resolves to the
 * exit status. @throws what the engine says went wrong
 */
export async function uploadArchive(
  { client, out }: CommandContext,
  path: string,
  options: RequestOptions,
  upload: Upload,
): Promise<number> {
  const progress = new MessageProgress(out);
  const body = out.isTerminal ? counted(upload, progress) : upload.bytes;
  await followProgress(client.lines("POST", path, { ...options, body }), progress);
  return 0;
}

async function* counted({ bytes, size }: Upload, progress: MessageProgress): AsyncGenerator<Uint8Array> {
  let current = 0;
  for await (const piece of bytes) {
    yield piece;
    current += piece.length;
    progress.footer("Sending", { current, total: size });
  }
  progress.footer("Sending", undefined);
}
