import { VERSION } from "../../core/index.ts";
import type { SystemInfo } from "../../spec/index.ts";
import type { CommandContext } from "../command.ts";
import { infoText } from "../format/info-text.ts";
import type { Value } from "../format/template/index.ts";

/** `berth info`. */
export async function run(context: CommandContext): Promise<number> {
  const { client, args, out, err, env } = context;
  const own = { Debug: false, Context: env.DOCKER_CONTEXT || "default", Version: VERSION };
  const format = args.string("format") ?? "";
  if (format === "") {
    out.write(
      `Client:\n Version:    ${own.Version}\n Context:    ${own.Context}\n Debug Mode: ${own.Debug}\n\nServer:\n`,
    );
  }
  const info = await client.json<SystemInfo>("GET", "/info");
  if (format === "") {
    out.write(`${infoText(info)}\n`);
    for (const warning of info.Warnings ?? []) err.write(`${warning}\n`);
    return 0;
  }
  const { writeObject } = await import("../format/one-object.ts");
  const { applyShape } = await import("../format/shape.ts");
  const shape = {
    maps: ["Runtimes", "Runtimes.*.status", "RegistryConfig.IndexConfigs"],
    pointers: ["RegistryConfig", "ContainerdCommit", "Containerd"],
    structs: {},
  };
  const shaped = applyShape({ ...info, ClientInfo: own } as unknown as Value, shape);
  return writeObject(context, format, "system.dockerInfo", shaped as { [key: string]: Value });
}
