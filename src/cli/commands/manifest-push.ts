import { canonical, invalid, isDigest, notFound, parseReference, type Reference } from "../../core/index.ts";
import type { CommandContext } from "../command.ts";
import { listBytes, type ManifestEntry, manifestName } from "../manifests/entry.ts";
import { ListStore } from "../manifests/list-store.ts";
import { ManifestRegistry } from "../manifests/registry.ts";

/** `berth manifest push`: first the images of the list that its repository does not have, then the list. */
export async function run(context: CommandContext): Promise<number> {
  const { args, out, configDirectory } = context;
  const list = manifestName(args.positional[0] ?? "");
  const store = new ListStore(configDirectory);
  const entries = store.list(list);
  if (!entries) throw notFound(`No such manifest: ${canonical(list)}`);
  const sources = entries.map(({ Ref }) => sourceOf(Ref, list));
  const manifest = listBytes(entries);
  const registry = new ManifestRegistry(context);
  for (const [index, entry] of entries.entries()) {
    const source = sources[index] as Reference;
    if (source.path === list.path) continue;
    const target = imageIn(list, entry);
    const digest = await registry.put(target, rawOf(entry), source);
    out.write(`Pushed ref ${canonical(target)} with digest: ${digest}\n`);
  }
  out.write(`${await registry.put(list, manifest)}\n`);
  if (args.boolean("purge")) store.remove(list);
  return 0;
}

/** Where an image of the list is. @throws invalid where that is another registry, from which nothing can be taken */
function sourceOf(ref: string, list: Reference): Reference {
  const source = parseReference(ref);
  if (source.domain === list.domain) return source;
  throw invalid(
    `cannot use source images from a different registry than the target image: ${source.domain} != ${list.domain}`,
  );
}

function imageIn({ domain, path }: Reference, { Ref, Descriptor }: ManifestEntry): Reference {
  const { digest } = Descriptor;
  if (!isDigest(digest)) throw invalid(`the digest of ${Ref} is none: ${digest}`);
  return { domain, path, digest };
}

function rawOf({ Descriptor, Raw }: ManifestEntry): { mediaType: string; bytes: Uint8Array } {
  return { mediaType: Descriptor.mediaType, bytes: Buffer.from(Raw, "base64") };
}
