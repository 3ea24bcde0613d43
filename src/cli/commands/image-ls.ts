import type { ImageSummary } from "../../spec/index.ts";
import type { CommandContext } from "../command.ts";
import { filtersParameter } from "../filters.ts";
import { imageRows, imageView } from "../format/image-view.ts";
import { writeList } from "../format/table-list.ts";

/** `berth images`. */
export async function run({ client, args, out }: CommandContext): Promise<number> {
  const [reference] = args.positional;
  const format = args.string("format");
  const digests = args.boolean("digests");
  const images = await client.json<ImageSummary[]>("GET", "/images/json", {
    query: {
      all: args.boolean("all") || undefined,
      filters: filtersParameter(args.list("filter"), reference ? { reference: [reference] } : {}),
    },
  });
  const withDigest = digests || /\.Digest\b/.test(format ?? "");
  const rows = images.flatMap((image) => imageRows(image, withDigest));
  const view = imageView({ full: args.boolean("no-trunc"), digests });
  await writeList(out, view, rows, { format, quiet: args.boolean("quiet") });
  return 0;
}
