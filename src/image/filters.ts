import { type Digest, familiar, invalid, parseMoment } from "../core/index.ts";
import { type Catalog, type CatalogEntry, createdAt } from "./catalog.ts";
import { globTest } from "./glob.ts";

export type Filters = ReadonlyMap<string, readonly string[]>;
export type EntryTest = (entry: CatalogEntry) => boolean;
/** Whether a name is to be shown, written as people do. */
export type NameTest = (name: string) => boolean;

/** What the filters of `GET /images/json` let through. Labels must all fit; of any other key one value is enough. @throws invalid */
export function imageFilter(catalog: Catalog, filters: Filters): { passes: EntryTest; shows: NameTest } {
  const groups = [...filters].map(([key, values]) => {
    const tests = values.map((value) => testFor(catalog, key, value));
    return (entry: CatalogEntry) =>
      key.startsWith("label") ? tests.every((test) => test(entry)) : tests.some((test) => test(entry));
  });
  const patterns = filters.get("reference")?.map(referenceTest);
  return {
    passes: (entry) => groups.every((test) => test(entry)),
    shows: (name) => patterns === undefined || patterns.some((test) => test(name)),
  };
}

function testFor(catalog: Catalog, key: string, value: string): EntryTest {
  switch (key) {
    case "dangling": {
      const wanted = truthOf("dangling", value);
      return ({ image: { id } }) => isDangling(catalog, id) === wanted;
    }
    case "label":
      return labelTest(value);
    case "label!": {
      const test = labelTest(value);
      return (entry) => !test(entry);
    }
    case "before":
    case "since": {
      const other = createdAt(catalog.resolve(value));
      return (entry) => (key === "before" ? createdAt(entry) < other : createdAt(entry) > other);
    }
    case "until": {
      const moment = Number(parseMoment(value) / 1_000_000n);
      return (entry) => createdAt(entry) < moment;
    }
    case "reference": {
      const fits = referenceTest(value);
      return ({ image: { id } }) => catalog.references(id).map(familiar).some(fits);
    }
    default:
      throw invalid(`invalid filter '${key}'`);
  }
}

/** Without a tag, and nothing with one was made from it or shares its index. */
export function isDangling(catalog: Catalog, id: Digest): boolean {
  return catalog.tagsOf(id).length === 0 && catalog.childrenOf(id).length === 0 && !catalog.isVariant(id);
}

/** A pattern fits the whole name or the repository alone. */
function referenceTest(pattern: string): NameTest {
  const fits = globTest(pattern);
  return (name) => fits(name) || fits(repositoryOf(name));
}

function repositoryOf(name: string): string {
  const bare = name.split("@", 1)[0] as string;
  const colon = bare.lastIndexOf(":");
  return colon > bare.lastIndexOf("/") ? bare.slice(0, colon) : bare;
}

function labelTest(wanted: string): EntryTest {
  const at = wanted.indexOf("=");
  const [key, value] = at < 0 ? [wanted, undefined] : [wanted.slice(0, at), wanted.slice(at + 1)];
  return ({ image }) => {
    const labels = image.config.config?.Labels;
    if (!labels || !Object.hasOwn(labels, key)) return false;
    return value === undefined || labels[key] === value;
  };
}

/** Go's strconv.ParseBool, of a filter's value. @throws invalid */
export function truthOf(filter: string, value: string): boolean {
  if (/^(1|t|true)$/i.test(value)) return true;
  if (/^(0|f|false)$/i.test(value)) return false;
  throw invalid(`invalid filter '${filter}=[${value}]'`);
}
