import type { Output } from "../command.ts";
import { Demultiplexer } from "./demultiplexer.ts";

export interface OutputTargets {
  /** Undefined drops the stream. */
  readonly stdout: Output | undefined;
  readonly stderr: Output | undefined;
}

/** Writes framed output to the stream that each frame names. @throws Error with what the engine says in a frame of its own */
export async function copyFramed(source: AsyncIterable<Uint8Array>, to: OutputTargets): Promise<void> {
  const demultiplexer = new Demultiplexer();
  for await (const chunk of source) {
    for (const { stream, bytes } of demultiplexer.push(chunk)) {
      if (stream === "systemError") {
        throw new Error(`error from daemon in stream: ${new TextDecoder().decode(bytes)}`);
      }
      to[stream]?.write(bytes);
    }
  }
}

/** Writes output as it is. */
export async function copyRaw(source: AsyncIterable<Uint8Array>, out: Output | undefined): Promise<void> {
  for await (const chunk of source) out?.write(chunk);
}
