import { messageOf } from "../../core/index.ts";
import { encodeFrame } from "../../log/index.ts";
import { validators } from "../../spec/index.ts";
import type { Call, Route } from "../call.ts";
import type { Hijacked } from "../http/hijacked.ts";
import { readJson } from "../json-body.ts";
import { pumpAttachment } from "../stream/attachment-pump.ts";
import { parseDetachKeys } from "../stream/detach-keys.ts";
import { RAW_STREAM, streamType } from "../stream/media-types.ts";
import { terminalSize } from "./terminal-size.ts";

export const execRoutes: Route[] = [
  { method: "POST", path: "/containers/{name}/exec", handle: create },
  { method: "POST", path: "/exec/{name}/start", handle: start, hijacks: true },
  { method: "POST", path: "/exec/{name}/resize", handle: resize },
  {
    method: "GET",
    path: "/exec/{name}/json",
    handle: ({ engine, reply, name }) => reply.json(200, engine.containers.execInspect(name)),
  },
];

async function create({ engine, request, reply, name }: Call): Promise<void> {
  const written = await readJson(request);
  const { execCreateBody } = await validators();
  reply.json(201, await engine.containers.execCreate(name, execCreateBody(written)));
}

/**
 * A detached start answers with a status. Any other becomes a stream at once, and what goes wrong from then on is
 * text in it, as in Docker: the exit code is for the exec's `json` to tell.
 */
async function start({ engine, request, reply, version, name }: Call): Promise<void> {
  const { containers } = engine;
  const written = await readJson(request);
  const { execStartBody } = await validators();
  const body = execStartBody(written);
  const inspected = containers.execInspect(name);
  const tty = body.Tty ?? false;
  const options = { detach: body.Detach ?? false, tty, consoleSize: body.ConsoleSize };
  if (options.detach) {
    await containers.execStart(name, options);
    reply.empty(200);
    return;
  }
  const detachKeys = tty ? parseDetachKeys(inspected.DetachKeys) : undefined;
  const client = await reply.hijack({ upgraded: streamType(!tty, version), plain: RAW_STREAM });
  const attachment = await containers.execStart(name, options).catch((error: unknown) => {
    sayInStream(client, messageOf(error), !tty);
    return null;
  });
  if (!attachment) {
    client.end();
    return;
  }
  const { signal } = request;
  await pumpAttachment(attachment, client, {
    stdin: inspected.OpenStdin,
    multiplexed: !tty,
    detachKeys,
    signal,
  });
}

function sayInStream(client: Hijacked, text: string, multiplexed: boolean): void {
  const data = Buffer.from(`${text}\r\n`);
  client.push(multiplexed ? encodeFrame("stdout", data) : data);
}

async function resize({ engine, reply, query, name }: Call): Promise<void> {
  const { height, width } = terminalSize(query);
  await engine.containers.execResize(name, height, width);
  reply.empty(200);
}
