import type { CommandContext } from "../command.ts";
import { type ListView, writeList } from "../format/table-list.ts";
import { cacheHeadline, firstImageRow, usageDetails } from "../format/usage-details.ts";
import { type DiskUsage, usageRows, usageView } from "../format/usage-view.ts";

/** `berth system df`. */
export async function run(context: CommandContext): Promise<number> {
  const { client, args, out } = context;
  const format = args.string("format") ?? "";
  const usage = await client.json<DiskUsage>("GET", "/system/df");
  if (!args.boolean("verbose")) {
    await writeList(out, usageView, usageRows(usage), { format, quiet: false });
    return 0;
  }
  const plain = format === "" || format === "table";
  await (plain ? writeTables(context, usage) : writeObject(context, usage, format));
  return 0;
}

const TABLE = { format: undefined, quiet: false };

async function writeTables({ out }: CommandContext, usage: DiskUsage): Promise<void> {
  const views = usageDetails(false);
  out.write("Images space usage:\n\n");
  await writeList(out, views.images, (usage.Images ?? []).map(firstImageRow), TABLE);
  out.write("\nContainers space usage:\n\n");
  await writeList(out, views.containers, usage.Containers ?? [], TABLE);
  out.write("\nLocal Volumes space usage:\n\n");
  await writeList(out, views.volumes, usage.Volumes ?? [], TABLE);
  out.write(`\n${cacheHeadline(usage)}\n\n`);
  await writeList(out, views.caches, usage.BuildCache ?? [], TABLE);
}

/** One object with a list for each kind of objects. @throws TemplateError */
async function writeObject({ out }: CommandContext, usage: DiskUsage, format: string): Promise<void> {
  const { compileTemplate, jsonOf, Row } = await import("../format/template/index.ts");
  const views = usageDetails(true);
  const rowsOf = <T>(view: ListView<T>, items: readonly T[] | null) =>
    (items ?? []).map((item) => new Row(view.typeName, view.fields(item)));
  const lists = {
    Images: rowsOf(views.images, (usage.Images ?? []).map(firstImageRow)),
    Containers: rowsOf(views.containers, usage.Containers),
    Volumes: rowsOf(views.volumes, usage.Volumes),
    BuildCache: rowsOf(views.caches, usage.BuildCache),
  };
  const kinds = Object.entries(lists);
  const json = () => `{${kinds.map(([kind, rows]) => `"${kind}":${jsonOf(rows)}`).join(",")}}`;
  const fields = Object.fromEntries(kinds.map(([kind, rows]) => [kind, () => rows]));
  const template = compileTemplate(format === "json" ? "{{json .}}" : format);
  out.write(`${template.execute(new Row(usageView.typeName, fields, json))}\n`);
}
