import type { LogRecord } from "../../log/index.ts";
import { encodeFrame } from "../../log/index.ts";
import type { BodyStream } from "../http/body-stream.ts";

export interface LogFormat {
  /** Mark each record with its stream. */
  readonly multiplexed: boolean;
  readonly timestamps: boolean;
  /** Docker puts the log driver's extra attributes before each line; there are none, and a blank stands for them. */
  readonly details: boolean;
}

const BATCH_BYTES = 64 * 1024;

/** Writes log records as the API's log stream. What comes in one go leaves in one write; a slow reader holds back. */
export async function writeLog(
  records: AsyncIterable<LogRecord>,
  stream: BodyStream,
  format: LogFormat,
): Promise<void> {
  let batch: Uint8Array[] = [];
  let bytes = 0;
  let timer: Timer | undefined;
  const flush = () => {
    timer = undefined;
    const whole = Buffer.concat(batch);
    batch = [];
    bytes = 0;
    stream.push(whole);
  };
  const inLine = { stdout: false, stderr: false };
  try {
    for await (const record of records) {
      if (stream.closed) return;
      if (stream.pending > 0) await stream.drained();
      const data = inLine[record.stream] ? record.data : withPrefix(record, format);
      inLine[record.stream] = record.partial;
      batch.push(format.multiplexed ? encodeFrame(record.stream, data) : data);
      bytes += data.byteLength;
      timer ??= setTimeout(flush, 0);
      if (bytes < BATCH_BYTES) continue;
      clearTimeout(timer);
      flush();
    }
    flush();
  } finally {
    clearTimeout(timer);
  }
}

function withPrefix(record: LogRecord, format: LogFormat): Uint8Array {
  const prefix = (format.timestamps ? `${fixedTime(record.time)} ` : "") + (format.details ? " " : "");
  return prefix === "" ? record.data : Buffer.concat([Buffer.from(prefix), record.data]);
}

let lastSecond = -1n;
let lastText = "";

/** RFC 3339 with all nine digits of the fraction, so that the lines of a log stay aligned. */
export function fixedTime(nanos: bigint): string {
  const second = nanos / 1_000_000_000n;
  if (second !== lastSecond) {
    lastSecond = second;
    lastText = new Date(Number(second) * 1000).toISOString().slice(0, 19);
  }
  return `${lastText}.${String(nanos % 1_000_000_000n).padStart(9, "0")}Z`;
}
