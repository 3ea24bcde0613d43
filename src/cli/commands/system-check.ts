import { humanSize, invalid } from "../../core/index.ts";
import type { CheckReply } from "../../spec/index.ts";
import { requireBerth } from "../berth-only.ts";
import type { CommandContext } from "../command.ts";

/** `berth system check`: reads the whole store. Resolves to 1 when something is wrong and was not mended. */
export async function run({ client, args, out }: CommandContext): Promise<number> {
  const format = args.string("format") ?? "";
  if (format !== "" && format !== "json") throw invalid(`invalid format '${format}': must be "json"`);
  await requireBerth(client, "system check");
  const repair = args.boolean("repair");
  const reply = await client.json<CheckReply>("POST", "/system/check", {
    query: { repair: repair || undefined },
  });
  const open = reply.Findings.filter((finding) => !finding.Repaired).length;
  if (format === "json") out.write(`${JSON.stringify(reply)}\n`);
  else out.write(textOf(reply, open, repair));
  return open > 0 ? 1 : 0;
}

function textOf(reply: CheckReply, open: number, repair: boolean): string {
  const lines = [
    `Checked ${count(reply.Images, "image")}, ${count(reply.Layers, "layer")} and ${count(reply.Blobs, "blob")} (${humanSize(reply.Bytes)}).`,
  ];
  for (const { Subject, Problem, Repaired, Action } of reply.Findings) {
    lines.push(`${Subject}: ${Problem}${Repaired ? "; repaired" : ""}${Action ? `: ${Action}` : ""}`);
  }
  const mended = reply.Findings.length - open;
  if (reply.Findings.length === 0) lines.push("Nothing is wrong.");
  else {
    const hint = open > 0 && !repair ? "; --repair mends what can be mended without losing anything" : "";
    lines.push(`${count(reply.Findings.length, "fault")} found, ${mended} repaired${hint}.`);
  }
  return `${lines.join("\n")}\n`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
