import type { ImageRuntimeConfig } from "../spec/index.ts";

/** Order of the members as Docker writes them, so that the same image has the same bytes. */
const MEMBERS = [
  "User",
  "ExposedPorts",
  "Env",
  "Entrypoint",
  "Cmd",
  "Volumes",
  "WorkingDir",
  "Labels",
  "StopSignal",
  "ArgsEscaped",
  "OnBuild",
  "Shell",
  "Healthcheck",
] as const satisfies readonly (keyof ImageRuntimeConfig)[];

function sorted<Value>(map: Record<string, Value>): Record<string, Value> {
  return Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Go leaves out empty lists and maps. */
function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

/** A configuration as it is written: members in order, maps sorted, what is empty left out. */
export function orderedConfig(config: ImageRuntimeConfig): ImageRuntimeConfig {
  const { ExposedPorts, Volumes, Labels } = config;
  const whole = {
    ...config,
    ...(ExposedPorts && { ExposedPorts: sorted(ExposedPorts) }),
    ...(Volumes && { Volumes: sorted(Volumes) }),
    ...(Labels && { Labels: sorted(Labels) }),
  };
  const members = MEMBERS.filter((name) => {
    const value = whole[name];
    return value !== undefined && value !== null && value !== "" && !isEmpty(value);
  });
  return Object.fromEntries(members.map((name) => [name, whole[name]]));
}
