import type { ContainerInspect } from "../../spec/index.ts";
import type { CommandContext } from "../command.ts";
import { containerPath } from "../container-path.ts";
import { copyFramed, copyRaw } from "../terminal/copy-output.ts";
import { momentQuery } from "./logs-moment.ts";

/** `berth logs`: what the container wrote, each line to the stream it was written to. */
export async function run({ args, client, out, err }: CommandContext): Promise<number> {
  const path = containerPath(args.positional[0] ?? "");
  const response = await client.request("GET", `${path}/logs`, {
    query: {
      stdout: true,
      stderr: true,
      follow: args.boolean("follow") || undefined,
      timestamps: args.boolean("timestamps") || undefined,
      details: args.boolean("details") || undefined,
      since: momentQuery("since", args.string("since")),
      until: momentQuery("until", args.string("until")),
      tail: args.string("tail"),
    },
  });
  const type = response.headers.get("content-type") ?? "";
  // Engines older than API 1.42 call framed output raw as well.
  const framed =
    type.includes("multiplexed-stream") ||
    !(await client.json<ContainerInspect>("GET", `${path}/json`)).Config.Tty;
  if (framed) await copyFramed(response.body, { stdout: out, stderr: err });
  else await copyRaw(response.body, out);
  return 0;
}
