import { type EngineEvent, invalid, labelMatches } from "../core/index.ts";

const TYPED = ["container", "image", "network", "volume", "daemon"] as const;

/** `exec_create: sh` is of the kind `exec_create`. */
const kindOf = (action: string) => action.split(":", 1)[0] as string;

function passes(event: EngineEvent, key: string, value: string): boolean {
  switch (key) {
    case "type":
      return event.type === value;
    case "event":
      return event.action === value || kindOf(event.action) === value;
    case "label":
      return labelMatches(event.attributes, value);
    case "scope":
      return value === "local";
    case "image": {
      const names = event.type === "image" ? [event.id, event.attributes.name] : [event.attributes.image];
      return names.some((name) => name === value || name?.startsWith(`${value}:`));
    }
    case "container":
    case "network":
    case "volume":
    case "daemon":
      return event.type === key && (event.id.startsWith(value) || event.attributes.name === value);
    default:
      return false;
  }
}

/** The filter of `GET /events`: the keys all hold, of one key's values any (labels: all). @throws invalid on an unknown key */
export function eventFilter(
  filters: ReadonlyMap<string, readonly string[]>,
): (event: EngineEvent) => boolean {
  const known = new Set<string>([
    ...TYPED,
    "type",
    "event",
    "label",
    "scope",
    "plugin",
    "node",
    "service",
    "secret",
    "config",
    "builder",
  ]);
  for (const key of filters.keys()) if (!known.has(key)) throw invalid(`invalid filter '${key}'`);
  return (event) =>
    [...filters].every(([key, values]) => {
      const test = (value: string) => passes(event, key, value);
      return key === "label" ? values.every(test) : values.some(test);
    });
}
