import { type FileHandle, open } from "node:fs/promises";
import { codeOf } from "../core/index.ts";
import { parseLine } from "./parse-line.ts";
import { tailOffset } from "./tail-offset.ts";
import type { LogReadOptions, LogRecord } from "./types.ts";

const CHUNK = 256 << 10;
const LINE_END = 0x0a;
/** How often a followed log is looked at. */
const POLL_MS = 50;

/** The records of a container's log, oldest first; of a log that is not there (yet), none. */
export async function* readLog(path: string, options: LogReadOptions): AsyncGenerator<LogRecord> {
  const file = await openWhenThere(path, options.follow);
  if (!file) return;
  try {
    let position = options.tail === undefined ? 0 : await tailOffset(file, options.tail, wanted(options));
    let rest: Buffer = Buffer.alloc(0);
    const buffer = Buffer.allocUnsafe(CHUNK);
    let ended = !options.follow;
    void options.follow?.ended.then(() => {
      ended = true;
    });
    for (;;) {
      // Asked before reading: what was written before the end is then read before it counts.
      const last = ended || options.follow?.signal?.aborted;
      const { bytesRead } = await file.read(buffer, 0, CHUNK, position);
      if (bytesRead > 0) {
        position += bytesRead;
        const data: Buffer = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
        let start = 0;
        for (let end = data.indexOf(LINE_END); end >= 0; end = data.indexOf(LINE_END, start)) {
          const record = parseLine(data.subarray(start, end));
          start = end + 1;
          if (!record || !wanted(options)(record.stream)) continue;
          if (options.since !== undefined && record.time < options.since) continue;
          if (options.until !== undefined && record.time > options.until) return;
          yield record;
          if (options.follow?.signal?.aborted) return;
        }
        rest = data.subarray(start);
        continue;
      }
      if (last) return;
      await Promise.race([Bun.sleep(POLL_MS), options.follow?.ended, aborted(options.follow?.signal)]);
    }
  } finally {
    await file.close();
  }
}

function wanted({ stdout, stderr }: LogReadOptions): (stream: "stdout" | "stderr") => boolean {
  return (stream) => (stream === "stdout" ? stdout : stderr);
}

function aborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => signal?.addEventListener("abort", () => resolve(), { once: true }));
}

async function openWhenThere(
  path: string,
  follow: LogReadOptions["follow"],
): Promise<FileHandle | undefined> {
  try {
    return await open(path, "r");
  } catch (error) {
    if (codeOf(error) !== "ENOENT" || follow === undefined) return undefined;
    return undefined;
  }
}
