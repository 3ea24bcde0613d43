import { invalid, labelMatches } from "../core/index.ts";
import type { Container } from "./container.ts";
import { endpointSettings } from "./inspect.ts";
import type { ContainerContext } from "./parts.ts";

const STATUSES = ["created", "running", "paused", "restarting", "removing", "exited", "dead"];

type Test = (container: Container) => boolean;

function regex(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch {
    throw invalid(`invalid filter 'name=${text}': not a regular expression`);
  }
}

function exitCode(text: string): number {
  if (!/^-?\d+$/.test(text)) throw invalid(`invalid filter 'exited=${text}'`);
  return Number(text);
}

/** Makes the tests for one filter key; a container passes a key when any of its tests holds. */
function testsFor(context: ContainerContext, key: string, values: readonly string[]): Test[] {
  const { store, images } = context;
  return values.map((value): Test => {
    switch (key) {
      case "id":
        return ({ id }) => id.startsWith(value);
      case "name": {
        const pattern = regex(value);
        return ({ record }) => pattern.test(record.name) || pattern.test(`/${record.name}`);
      }
      case "label":
        return ({ record }) => labelMatches(record.config.Labels, value);
      case "status":
        if (!STATUSES.includes(value)) throw invalid(`invalid filter 'status=${value}'`);
        return ({ record }) => record.state.status === value;
      case "exited": {
        const code = exitCode(value);
        return ({ record }) => record.state.status === "exited" && record.state.exitCode === code;
      }
      case "ancestor": {
        const image = images.find(value);
        const layers = image?.layers ?? [];
        return ({ record }) => {
          if (!image) return false;
          if (record.imageId === image.id) return true;
          const own = images.get(record.imageId)?.layers ?? [];
          return layers.length > 0 && layers.every((layer, i) => own[i] === layer);
        };
      }
      case "before":
      case "since": {
        const other = store.resolve(value).record.created;
        return ({ record }) => (key === "before" ? record.created < other : record.created > other);
      }
      case "network":
        return (container) =>
          Object.entries(endpointSettings(context, container)).some(
            ([name, { NetworkID }]) => name === value || (NetworkID !== "" && NetworkID.startsWith(value)),
          );
      case "volume":
        return ({ record }) =>
          record.mounts.some(({ Name, Destination }) => Name === value || Destination === value);
      case "publish":
      case "expose": {
        const port = value.includes("/") ? value : `${value}/tcp`;
        return ({ record }) =>
          port in (key === "publish" ? record.hostConfig.PortBindings : (record.config.ExposedPorts ?? {}));
      }
      case "health":
        // Probes are stored with the container; none has run, so no container has another health.
        return () => value === "none";
      case "is-task":
        return () => value === "false" || value === "0";
      default:
        throw invalid(`invalid filter '${key}'`);
    }
  });
}

/** The filter of `GET /containers/json`: different keys all hold, of the values of one key any (labels: all). @throws invalid */
export function containerFilter(
  context: ContainerContext,
  filters: ReadonlyMap<string, readonly string[]>,
): (container: Container) => boolean {
  const groups = [...filters].map(([key, values]) => ({ key, tests: testsFor(context, key, values) }));
  return (container) =>
    groups.every(({ key, tests }) =>
      key === "label" ? tests.every((test) => test(container)) : tests.some((test) => test(container)),
    );
}
