import type { WaitCondition } from "../../container/index.ts";
import { invalid, messageOf, parseMoment } from "../../core/index.ts";
import type { WaitReply } from "../../spec/index.ts";
import type { Call, Route } from "../call.ts";
import type { Query } from "../query.ts";
import { pumpAttachment } from "../stream/attachment-pump.ts";
import { parseDetachKeys } from "../stream/detach-keys.ts";
import { writeLog } from "../stream/log-writer.ts";
import { RAW_STREAM, streamType } from "../stream/media-types.ts";

export const containerStreamRoutes: Route[] = [
  { method: "POST", path: "/containers/{name}/attach", handle: attach, hijacks: true },
  { method: "GET", path: "/containers/{name}/logs", handle: logs },
  { method: "POST", path: "/containers/{name}/wait", handle: wait },
];

async function attach({ engine, request, reply, query, version, name }: Call): Promise<void> {
  const detachKeys = parseDetachKeys(query.get("detachKeys"));
  const stdin = query.bool("stdin");
  const attachment = await engine.containers.attach(name, {
    stdin,
    stdout: query.bool("stdout"),
    stderr: query.bool("stderr"),
    logs: query.bool("logs"),
    stream: query.bool("stream"),
  });
  const multiplexed = !attachment.tty;
  const client = await reply.hijack({ upgraded: streamType(multiplexed, version), plain: RAW_STREAM });
  const { signal } = request;
  await pumpAttachment(attachment, client, {
    stdin,
    multiplexed,
    detachKeys: attachment.tty ? detachKeys : undefined,
    signal,
  });
}

async function logs({ engine, request, reply, query, version, name }: Call): Promise<void> {
  const [stdout, stderr] = [query.bool("stdout"), query.bool("stderr")];
  if (!stdout && !stderr) throw invalid("Bad parameters: you must choose at least one stream");
  const { signal } = request;
  const { tty, records } = await engine.containers.logs(name, {
    stdout,
    stderr,
    since: moment(query, "since"),
    until: moment(query, "until"),
    tail: tail(query.get("tail")),
    follow: query.bool("follow"),
    signal,
  });
  const stream = reply.stream(streamType(!tty, version));
  await writeLog(records, stream, {
    multiplexed: !tty,
    timestamps: query.bool("timestamps"),
    details: query.bool("details"),
  });
}

/** A bound in time; `0` and nothing mean none. */
function moment(query: Query, key: string): bigint | undefined {
  const text = query.get(key);
  return text === "" || text === "0" ? undefined : parseMoment(text);
}

/** Docker takes anything that is not a number, `all` first of all, to mean everything. */
function tail(text: string): number | undefined {
  return /^\d+$/.test(text) ? Math.min(Number(text), Number.MAX_SAFE_INTEGER) : undefined;
}

const CONDITIONS: readonly WaitCondition[] = ["not-running", "next-exit", "removed"];

/** The head leaves as soon as the wait is registered: clients start the container only then. */
async function wait({ engine, request, reply, query, name }: Call): Promise<void> {
  const written = query.text("condition") ?? "not-running";
  const condition = CONDITIONS.find((known) => known === written);
  if (!condition) throw invalid(`invalid condition: ${JSON.stringify(written)}`);
  const { result } = engine.containers.wait(name, condition, request.signal);
  const stream = reply.stream("application/json");
  const outcome: WaitReply = await result.catch((error: unknown) => ({
    StatusCode: 125,
    Error: { Message: messageOf(error) },
  }));
  await stream.write(Buffer.from(`${JSON.stringify(outcome)}\n`));
}
