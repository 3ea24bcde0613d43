import { encodeFrame } from "../../log/index.ts";
import type { Attachment } from "../../runtime/index.ts";
import type { Hijacked } from "../http/hijacked.ts";
import { DetachFilter } from "./detach-keys.ts";

export interface PumpOptions {
  /** Pass the client's input on; without it, it is read and dropped. */
  readonly stdin: boolean;
  /** Mark each piece of output with its stream; otherwise send it bare, as a terminal's is. */
  readonly multiplexed: boolean;
  /** On a terminal: the keys that detach. */
  readonly detachKeys?: Uint8Array;
  /** Aborts when the client is gone. */
  readonly signal: AbortSignal;
}

/**
 * Joins a client to a container's streams until the output ends, the client goes away or types the detach keys.
 * Each direction waits for the slower side; the client's end of input leaves the output running.
 */
export async function pumpAttachment(
  attachment: Attachment,
  client: Hijacked,
  options: PumpOptions,
): Promise<void> {
  const close = () => attachment.close();
  options.signal.addEventListener("abort", close, { once: true });
  if (options.signal.aborted) close();
  void pumpInput(attachment, client, options).catch(close);
  try {
    for await (const frame of attachment.output) {
      if (client.closed) break;
      const data = options.multiplexed ? encodeFrame(frame.stream, frame.data) : frame.data;
      if (!client.push(data)) await client.drained();
    }
  } finally {
    options.signal.removeEventListener("abort", close);
    close();
    client.end();
  }
}

async function pumpInput(attachment: Attachment, client: Hijacked, options: PumpOptions): Promise<void> {
  const filter = options.detachKeys && new DetachFilter(options.detachKeys);
  for (let piece = await client.read(); piece; piece = await client.read()) {
    if (!options.stdin) continue;
    const { data, detached } = filter?.feed(piece) ?? { data: piece, detached: false };
    if (data.byteLength > 0) await attachment.write(data);
    if (detached) {
      attachment.close();
      return;
    }
  }
  if (options.stdin && !client.closed) attachment.closeInput();
}
