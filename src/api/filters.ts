import { invalid } from "../core/index.ts";

/** Filters of a list: values of one key are alternatives, different keys must all hold. */
export type Filters = ReadonlyMap<string, readonly string[]>;

/** The filter keys each kind of request knows. */
export const FILTER_KEYS = {
  containers: [
    "ancestor",
    "before",
    "since",
    "exited",
    "health",
    "id",
    "name",
    "label",
    "status",
    "volume",
    "network",
    "publish",
    "expose",
    "is-task",
    "isolation",
  ],
  prune: ["label", "label!", "until"],
  images: ["dangling", "label", "label!", "before", "since", "reference", "until"],
  imagePrune: ["dangling", "label", "label!", "until"],
  search: ["is-automated", "is-official", "stars"],
  networks: ["dangling", "driver", "id", "label", "name", "scope", "type"],
} as const;

/**
 * Reads a `filters` parameter in either of its forms, `{"label":{"a=b":true}}` or `{"label":["a=b"]}`; the forms may
 * be mixed key by key. Empty and `null` mean none.
 * @param known keys that may appear; any key when absent
 * @throws invalid `invalid filter`, `invalid filter 'bogus'`
 */
export function parseFilters(text: string, known?: readonly string[]): Filters {
  const filters = new Map<string, string[]>();
  if (text === "") return filters;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw invalid("invalid filter");
  }
  if (parsed === null) return filters;
  if (!isObject(parsed)) throw invalid("invalid filter");
  for (const [key, values] of Object.entries(parsed)) {
    if (known && !known.includes(key)) throw invalid(`invalid filter '${key}'`);
    filters.set(key, valuesOf(values));
  }
  return filters;
}

function valuesOf(values: unknown): string[] {
  if (values === null) return [];
  if (Array.isArray(values) && values.every((value) => typeof value === "string")) return values;
  if (!isObject(values)) throw invalid("invalid filter");
  const entries = Object.entries(values);
  if (!entries.every(([, wanted]) => typeof wanted === "boolean")) throw invalid("invalid filter");
  return entries.filter(([, wanted]) => wanted).map(([value]) => value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
