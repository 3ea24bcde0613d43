import { invalid } from "../../core/index.ts";
import type { CommandContext } from "../command.ts";
import { type InspectKind, inspectNames } from "../inspect.ts";
import { containerKind, imageKind, networkKind, volumeKind } from "../inspect-kinds.ts";

/** `berth inspect`: objects of any kind, by name or id. */
export function run(context: CommandContext): Promise<number> {
  const { args } = context;
  const kinds = new Map<string, InspectKind>([
    ["container", containerKind(args.boolean("size"))],
    ["image", imageKind()],
    ["network", networkKind()],
    ["volume", volumeKind()],
  ]);
  const type = args.string("type");
  if (type === undefined || type === "") return inspectNames(context, args.positional, [...kinds.values()]);
  const kind = kinds.get(type);
  if (!kind) {
    const known = [...kinds.keys()].map((name) => JSON.stringify(name)).join(", ");
    throw invalid(`unknown type: ${JSON.stringify(type)}: must be one of ${known}`);
  }
  return inspectNames(context, args.positional, [kind]);
}
