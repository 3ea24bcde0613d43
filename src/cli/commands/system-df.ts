import type { CommandContext } from "../command.ts";
import { writeList } from "../format/table-list.ts";
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

/** One object with a list for each kind of objects. */
async function writeObject({ out }: CommandContext, usage: DiskUsage, format: string): Promise<void> {
  const { Row } = await import("../format/template/index.ts");
  const views = usageDetails(true);
  const rows = {
    Images: (usage.Images ?? []).map((image) => views.images.fields(firstImageRow(image))),
    Containers: (usage.Containers ?? []).map(views.containers.fields),
    Volumes: (usage.Volumes ?? []).map(views.volumes.fields),
    BuildCache: (usage.BuildCache ?? []).map(views.caches.fields),
  };
  const typeOf = {
    Images: views.images,
    Containers: views.containers,
    Volumes: views.volumes,
    BuildCache: views.caches,
  };
  const list = (kind: keyof typeof rows) => () =>
    rows[kind].map((fields) => new Row(typeOf[kind].typeName, fields));
  const fields = {
    Images: list("Images"),
    Containers: list("Containers"),
    Volumes: list("Volumes"),
    BuildCache: list("BuildCache"),
  };
  const view = { ...usageView, headers: {}, columns: [], fields: () => fields };
  await writeList(out, view, [usage], { format, quiet: false });
}
