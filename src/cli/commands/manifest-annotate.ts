import { canonical, invalid, notFound } from "../../core/index.ts";
import type { CommandContext } from "../command.ts";
import { type EntryPlatform, manifestName, orderedPlatform } from "../manifests/entry.ts";
import { isKnownPlatform } from "../manifests/known-platforms.ts";
import { ListStore } from "../manifests/list-store.ts";

/** `berth manifest annotate`: says what platform an image of a list is for. */
export async function run({ args, configDirectory }: CommandContext): Promise<number> {
  const [list, image] = args.positional.map(manifestName);
  if (!list || !image) return 1;
  const store = new ListStore(configDirectory);
  const entry = store.get(list, image);
  if (!entry) throw notFound(`manifest for image ${canonical(image)} does not exist in ${canonical(list)}`);
  const platform: EntryPlatform = { ...(entry.Descriptor.platform ?? { architecture: "", os: "" }) };
  if (args.string("os")) platform.os = args.string("os") ?? "";
  if (args.string("arch")) platform.architecture = args.string("arch") ?? "";
  if (args.string("variant")) platform.variant = args.string("variant");
  if (args.string("os-version")) platform["os.version"] = args.string("os-version");
  const features = args.list("os-features").flatMap((text) => text.split(","));
  if (features.length > 0) {
    platform["os.features"] = [...new Set([...(platform["os.features"] ?? []), ...features])];
  }
  if (!isKnownPlatform(platform.os, platform.architecture)) {
    throw invalid(
      `manifest entry for image has unsupported os/arch combination: ${platform.os}/${platform.architecture}`,
    );
  }
  store.save(list, image, {
    ...entry,
    Descriptor: { ...entry.Descriptor, platform: orderedPlatform(platform) },
  });
  return 0;
}
