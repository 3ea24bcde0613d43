import type { EngineEvent } from "../../core/index.ts";

/**
 * One line of the event stream. Containers and images carry the three fields of old clients too; the time in
 * nanoseconds is written digit by digit, since a JavaScript number cannot hold it.
 */
export function eventLine(event: EngineEvent): Buffer {
  const { type, action, id, attributes, timeNano } = event;
  const legacy =
    type === "container"
      ? { status: action, id, from: attributes.image ?? "" }
      : type === "image"
        ? { status: action, id }
        : {};
  const message = {
    ...legacy,
    Type: type,
    Action: action,
    Actor: { ID: id, Attributes: attributes },
    scope: "local",
    time: Number(timeNano / 1_000_000_000n),
  };
  const text = JSON.stringify(message);
  return Buffer.from(`${text.slice(0, -1)},"timeNano":${timeNano}}\n`);
}
