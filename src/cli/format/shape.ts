import { markStruct, nilList, nilMap, type StructType, Timestamp, type Value } from "./template/index.ts";

/**
 * What JSON does not tell of an API object. Paths are names joined by dots; `*` stands for the elements of a list or
 * a map. Every object that is not at one of the paths of `maps` is a struct.
 */
export interface Shape {
  maps: readonly string[];
  /** Where null is a missing value; elsewhere it is an empty list. */
  pointers: readonly string[];
  /** Texts that are moments. */
  times?: readonly string[];
  /** Structs with fields that the server leaves out when they are empty. */
  structs: Readonly<Record<string, StructType>>;
}

/** Marks structs and nil lists within parsed JSON, which it changes in place, so that templates see what Go would. */
export function applyShape(value: Value, shape: Shape): Value {
  const paths = {
    maps: new Set(shape.maps),
    pointers: new Set(shape.pointers),
    times: new Set(shape.times),
  };
  return visit(value, "", shape, paths);
}

function visit(
  value: Value,
  path: string,
  shape: Shape,
  paths: Readonly<Record<"maps" | "pointers" | "times", ReadonlySet<string>>>,
): Value {
  if (value === null) {
    if (paths.pointers.has(path)) return null;
    return paths.maps.has(path) ? nilMap() : nilList();
  }
  if (typeof value === "string" && paths.times.has(path)) return new Timestamp(value);
  if (typeof value !== "object") return value;
  const isMap = paths.maps.has(path);
  const target = value as Record<string, Value>;
  for (const [name, item] of Object.entries(target)) {
    const step = isMap || Array.isArray(value) ? "*" : name;
    target[name] = visit(item, path === "" ? step : `${path}.${step}`, shape, paths);
  }
  if (!isMap && !Array.isArray(value)) markStruct(value as object, shape.structs[path]);
  return value;
}
