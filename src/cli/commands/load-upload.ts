import type { RequestOptions } from "../../client/index.ts";
import type { CommandContext, Output } from "../command.ts";
import { MessageProgress } from "../terminal/message-progress.ts";

/** An archive on its way to the engine. */
export interface Upload {
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Bytes in all; 0 where that is not known. */
  readonly size: number;
}

/**
 * Sends an archive and shows what the engine says of it; on a terminal also how far the sending is. Resolves to the
 * exit status.
 */
export async function uploadArchive(
  { client, out, err }: CommandContext,
  path: string,
  options: RequestOptions,
  upload: Upload,
): Promise<number> {
  const progress = new MessageProgress(out);
  const body = out.isTerminal ? counted(upload, progress) : upload.bytes;
  try {
    for await (const message of client.lines("POST", path, { ...options, body })) {
      if (message.error !== undefined) {
        progress.finish();
        return fail(err, message.errorDetail?.message ?? message.error);
      }
      progress.show(message);
    }
  } finally {
    progress.finish();
  }
  return 0;
}

function fail(err: Output, message: string): number {
  err.write(`${message}\n`);
  return 1;
}

async function* counted({ bytes, size }: Upload, progress: MessageProgress): AsyncGenerator<Uint8Array> {
  let current = 0;
  for await (const piece of bytes) {
    yield piece;
    current += piece.length;
    progress.show({ id: "archive", status: "Sending", progressDetail: { current, total: size } });
  }
  progress.drop("archive");
}
