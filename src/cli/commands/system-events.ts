import { invalid, messageOf, parseMoment } from "../../core/index.ts";
import type { EventMessage } from "../../spec/index.ts";
import type { CommandContext } from "../command.ts";
import { filtersParameter } from "../filters.ts";
import { localRfc3339 } from "../format/clock.ts";

/** Exit status of Docker for a template that cannot be used. */
const BAD_TEMPLATE = 64;

type Show = (event: EventMessage, json: string) => string;

/** `berth events`: one line an event, until `--until` or until it is stopped. */
export async function run({ client, args, out, err }: CommandContext): Promise<number> {
  let show: Show;
  try {
    show = await showAs(args.string("format") ?? "");
  } catch (error) {
    err.write(`Error parsing format: ${messageOf(error)}\n`);
    return BAD_TEMPLATE;
  }
  const response = await client.request("GET", "/events", {
    query: {
      since: moment(args.string("since")),
      until: moment(args.string("until")),
      filters: filtersParameter(args.list("filter")),
    },
  });
  // Lines as they are: JSON.parse rounds the nanoseconds.
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of response.body) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line.trim() === "") continue;
      out.write(`${show(JSON.parse(line) as EventMessage, line.trim())}\n`);
    }
  }
  return 0;
}

/** Unix time with nanoseconds, which every engine reads. @throws invalid */
function moment(text: string | undefined): string | undefined {
  if (!text) return undefined;
  try {
    const nanos = parseMoment(text);
    return `${nanos / 1_000_000_000n}.${String(nanos % 1_000_000_000n).padStart(9, "0")}`;
  } catch (cause) {
    throw invalid(`failed to parse value as time or duration: ${JSON.stringify(text)}`, cause);
  }
}

async function showAs(format: string): Promise<Show> {
  if (format === "") return plainLine;
  if (format === "json") return (_event, json) => json;
  const { compileTemplate, Row } = await import("../format/template/index.ts");
  const template = compileTemplate(format);
  const row = (event: EventMessage, json: string) =>
    new Row(
      "*events.Message",
      {
        Status: () => event.status ?? "",
        ID: () => event.id ?? "",
        From: () => event.from ?? "",
        Type: () => event.Type,
        Action: () => event.Action,
        Actor: () =>
          new Row("events.Actor", { ID: () => event.Actor.ID, Attributes: () => event.Actor.Attributes }),
        Scope: () => event.scope,
        Time: () => event.time,
        TimeNano: () => exactNanos(json) ?? event.timeNano,
      },
      () => json,
    );
  const sample: EventMessage = {
    Type: "",
    Action: "",
    Actor: { ID: "", Attributes: {} },
    scope: "local",
    time: 0,
    timeNano: 0,
  };
  // A field that events do not have is said before the first event.
  template.execute(row(sample, "{}"));
  return (event, json) => template.execute(row(event, json));
}

function exactNanos(json: string): bigint | undefined {
  const digits = /"timeNano":\s*(\d+)/.exec(json)?.[1];
  return digits === undefined ? undefined : BigInt(digits);
}

/** `2026-01-02T03:04:05.123456789Z container start ID (image=x, name=y)`. */
function plainLine({ Type, Action, Actor, time }: EventMessage, json: string): string {
  const nanos = exactNanos(json);
  const seconds = nanos === undefined ? time : Number(nanos / 1_000_000_000n);
  const fraction = String((nanos ?? 0n) % 1_000_000_000n).padStart(9, "0");
  const attributes = Object.keys(Actor.Attributes ?? {})
    .sort()
    .map((name) => `${name}=${Actor.Attributes[name]}`);
  const tail = attributes.length > 0 ? ` (${attributes.join(", ")})` : "";
  return `${localRfc3339(seconds, fraction)} ${Type} ${Action} ${Actor.ID}${tail}`;
}
