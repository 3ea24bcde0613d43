import { canonical, notFound, type Reference } from "../../core/index.ts";
import type { CommandContext } from "../command.ts";
import {
  type EntryDescriptor,
  entryOf,
  isIndex,
  listBytes,
  type ManifestEntry,
  manifestName,
  parseManifest,
} from "../manifests/entry.ts";
import { ListStore } from "../manifests/list-store.ts";
import { type FoundManifest, ManifestRegistry } from "../manifests/registry.ts";

/** `berth manifest inspect`: of a list in the making, else of what a registry has. */
export async function run(context: CommandContext): Promise<number> {
  const { args, out, configDirectory } = context;
  const [first = "", second] = args.positional;
  const verbose = args.boolean("verbose");
  const store = new ListStore(configDirectory);
  const name = manifestName(second ?? first);
  if (second !== undefined) {
    const list = manifestName(first);
    const entry = store.get(list, name);
    if (!entry) throw notFound(`No such manifest: ${canonical(name)}`);
    out.write(`${imageText(entry, verbose)}\n`);
    return 0;
  }
  const entries = store.list(name);
  if (entries) out.write(`${verbose ? pretty(entries) : textOf(listBytes(entries).bytes)}\n`);
  else out.write(`${await remoteText(context, name, verbose)}\n`);
  return 0;
}

async function remoteText(context: CommandContext, name: Reference, verbose: boolean): Promise<string> {
  const registry = new ManifestRegistry(context);
  if (!verbose) {
    const manifest = await registry.get(name);
    const indent = isIndex(manifest.mediaType) ? 3 : "\t";
    return JSON.stringify(parseManifest(manifest.bytes, canonical(name)), null, indent);
  }
  const manifest = await registry.get(name);
  if (!isIndex(manifest.mediaType)) return pretty(await registry.image(name));
  return pretty(await imagesOf(registry, name, manifest));
}

/** Every image of a list in a registry, with the platform that the list gives it. */
async function imagesOf(
  registry: ManifestRegistry,
  name: Reference,
  list: FoundManifest,
): Promise<ManifestEntry[]> {
  const { manifests } = parseManifest(list.bytes, canonical(name)) as { manifests?: EntryDescriptor[] };
  const entries: ManifestEntry[] = [];
  for (const { digest, platform } of manifests ?? []) {
    const image = manifestName(`${canonical({ ...name, digest: undefined })}@${digest}`);
    entries.push(entryOf(image, await registry.get(image), platform));
  }
  return entries;
}

function imageText(entry: ManifestEntry, verbose: boolean): string {
  return pretty(verbose ? entry : (entry.SchemaV2Manifest ?? entry.OCIManifest ?? {}));
}

function pretty(value: unknown): string {
  return JSON.stringify(value, null, "\t");
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
