import { canonical, conflict } from "../../core/index.ts";
import type { CommandContext } from "../command.ts";
import { manifestName } from "../manifests/entry.ts";
import { ListStore } from "../manifests/list-store.ts";
import { ManifestRegistry } from "../manifests/registry.ts";

/** `berth manifest create`: a list of images that a registry has, to be completed and pushed. */
export async function run(context: CommandContext): Promise<number> {
  const { args, out, configDirectory } = context;
  const [list, ...images] = args.positional.map(manifestName);
  if (!list) return 1;
  const store = new ListStore(configDirectory);
  if (store.list(list) && !args.boolean("amend")) {
    throw conflict("refusing to amend an existing manifest list with no --amend flag");
  }
  const registry = new ManifestRegistry(context);
  // Nothing is kept before everything is there.
  const found = [];
  for (const image of images) {
    // What an annotation has changed stays, when the image is named again.
    found.push({ image, entry: store.get(list, image) ?? (await registry.image(image)) });
  }
  for (const { image, entry } of found) store.save(list, image, entry);
  out.write(`Created manifest list ${canonical(list)}\n`);
  return 0;
}
