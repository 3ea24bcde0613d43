import * as v from "valibot";
import { invalid } from "../../core/index.ts";

/** A schema of any kind, as far as it can be looked into. */
interface SchemaShape {
  readonly type: string;
  readonly entries?: Readonly<Record<string, SchemaShape>>;
  readonly wrapped?: SchemaShape;
  readonly item?: SchemaShape;
  readonly value?: SchemaShape;
}

/**
 * Reads a decoded JSON value by a schema as Go's decoder would: field names in any case, unknown fields dropped,
 * null the same as absent. Keys of maps (labels, port bindings) stay as they are.
 * @throws invalid naming the field, e.g. `invalid JSON: HostConfig.Memory: expected number but received "5"`
 */
export function read<T>(schema: v.GenericSchema<unknown, T>, value: unknown): T {
  const result = v.safeParse(schema, canonicalKeys(schema as SchemaShape, value), { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  if (issue.type === "picklist") throw invalid(issue.message);
  throw unexpected(v.getDotPath(issue) ?? "", issue.expected ?? issue.type, issue.received);
}

function unexpected(path: string, expected: string, received: string): Error {
  const shown = received.length > 60 ? `${received.slice(0, 60)}...` : received;
  return invalid(`invalid JSON: ${path === "" ? "" : `${path}: `}expected ${expected} but received ${shown}`);
}

const loweredNames = new WeakMap<object, Map<string, string>>();

/** The schema's own spelling of an object's fields, by their lower-case form. */
function namesOf(entries: Readonly<Record<string, SchemaShape>>): Map<string, string> {
  let names = loweredNames.get(entries);
  if (!names) {
    names = new Map(Object.keys(entries).map((name) => [name.toLowerCase(), name]));
    loweredNames.set(entries, names);
  }
  return names;
}

/** The value with the field names that the schema knows; the last of several spellings of one field counts. */
function canonicalKeys(schema: SchemaShape, value: unknown, path = ""): unknown {
  if (schema.wrapped) return canonicalKeys(schema.wrapped, value, path);
  const inside = (key: string | number) => (path === "" ? String(key) : `${path}.${key}`);
  if (Array.isArray(value)) {
    const { item } = schema;
    // valibot takes an array for an object without the fields.
    if (schema.entries || schema.type === "record") throw unexpected(path, "Object", "Array");
    return item ? value.map((element, i) => canonicalKeys(item, element, inside(i))) : value;
  }
  if (typeof value !== "object" || value === null) return value;
  const result: Record<string, unknown> = {};
  if (schema.entries) {
    const names = namesOf(schema.entries);
    for (const [key, field] of Object.entries(value)) {
      const name = names.get(key.toLowerCase());
      const fieldSchema = name === undefined ? undefined : schema.entries[name];
      if (name === undefined || fieldSchema === undefined || field === null) continue;
      result[name] = canonicalKeys(fieldSchema, field, inside(name));
    }
    return result;
  }
  if (schema.type === "record" && schema.value) {
    for (const [key, element] of Object.entries(value)) {
      // Assigning this one key would change the object's prototype.
      if (key !== "__proto__") result[key] = canonicalKeys(schema.value, element, inside(key));
    }
    return result;
  }
  return value;
}

export const text = v.optional(v.string());
export const flag = v.optional(v.boolean());
export const integer = v.optional(v.pipe(v.number(), v.integer()));
export const texts = v.optional(v.array(v.string()));
export const textMap = v.optional(v.record(v.string(), v.string()));
/** A set as Go writes it: keys with empty objects. */
export const textSet = v.optional(
  v.pipe(
    v.record(v.string(), v.nullable(v.object({}))),
    v.transform(
      (set): Record<string, Record<string, never>> =>
        Object.fromEntries(Object.keys(set).map((key) => [key, {}])),
    ),
  ),
);
/** A command: a list, or one string that stands for a list of one. */
export const command = v.optional(
  v.pipe(
    v.union([v.string(), v.array(v.string())]),
    v.transform((words) => (typeof words === "string" ? [words] : words)),
  ),
);
export const consoleSize = v.optional(
  v.tuple([v.pipe(v.number(), v.integer(), v.minValue(0)), v.pipe(v.number(), v.integer(), v.minValue(0))]),
);
