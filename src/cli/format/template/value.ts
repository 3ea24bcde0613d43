export type Fields = { readonly [key: string]: Value };

/**
 * Values that templates work on. Whole numbers (and bigint) stand for Go's int, other numbers for float64, plain objects
 * for maps unless `markStruct` says otherwise. `undefined` is the value that is not there and prints as `<no value>`.
 */
export type Value =
  | undefined
  | null
  | string
  | number
  | bigint
  | boolean
  | Float
  | Row
  | readonly Value[]
  | Timestamp
  | Fields;

/** A float64 whose value may be whole, as the literal `1.0`. */
export class Float {
  constructor(readonly value: number) {}
}

/** A moment: JSON shows its text, `{{.}}` prints it as Go's time.Time does. */
export class Timestamp {
  constructor(readonly text: string) {}
}

/** An object of named methods, as the rows of lists are: `{{.ID}}`, `{{.Label "x"}}`. */
export class Row {
  constructor(
    /** Go's type name, for error texts. */
    readonly typeName: string,
    readonly methods: Readonly<Record<string, (...args: never[]) => Value>>,
    /** JSON of the object, where it has other names there. */
    readonly json?: () => string,
  ) {}
}

/** Every method of a row that takes no arguments. */
export function rowFields(row: Row): Record<string, Value> {
  const fields: Record<string, Value> = {};
  for (const [name, method] of Object.entries(row.methods)) if (method.length === 0) fields[name] = method();
  return fields;
}

/** What a struct is beyond its JSON. */
export interface StructType {
  /** Fields that the JSON leaves out when they are empty, with their empty values. */
  readonly optional?: Readonly<Record<string, Value>>;
  /** Every field in its order, where the optional ones are in the middle. */
  readonly order?: readonly string[];
}

const structs = new WeakMap<object, StructType>();

/** Says that an object is a struct: it prints as `{a b}`, and a field that it does not have is an error. */
export function markStruct(object: object, type: StructType = {}): void {
  structs.set(object, type);
}

const nils = new WeakSet<object>();

/** A nil slice: it prints as `[]`, and as JSON it is null. */
export function nilList(): Value {
  const list: Value[] = [];
  nils.add(list);
  return list;
}

/** A nil map: it prints as `map[]`, and as JSON it is null. */
export function nilMap(): Value {
  const map = {};
  nils.add(map);
  return map;
}

export function isNil(value: object): boolean {
  return nils.has(value);
}

export function isStruct(value: Value): boolean {
  return isRecord(value) && structs.has(value);
}

/**
 * A field of a struct; its empty value when the JSON left it out. Go's names differ from those in JSON by letter case
 * only (`APIVersion`, `ApiVersion`), so both are taken. Undefined when there is no such field.
 */
export function structField(struct: Fields, name: string): Value {
  const exact = ownField(struct, name);
  if (exact !== undefined) return exact;
  const optional = structs.get(struct)?.optional ?? {};
  if (Object.hasOwn(optional, name)) return optional[name];
  const folded = name.toLowerCase();
  const other = Object.keys(struct).find((key) => key.toLowerCase() === folded);
  return other === undefined ? undefined : struct[other];
}

/** Values of a struct's fields in their order. */
export function structValues(struct: Fields): Value[] {
  const order = structs.get(struct)?.order ?? Object.keys(struct);
  return order.map((name) => structField(struct, name));
}

export function isRecord(value: Value): value is Fields {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Float) &&
    !(value instanceof Timestamp) &&
    !(value instanceof Row)
  );
}

export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

export type Kind = "nil" | "bool" | "int" | "float" | "string" | "list" | "map" | "struct";

export function kindOf(value: Value): Kind {
  if (value === undefined || value === null) return "nil";
  if (typeof value === "string") return "string";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "bigint") return "int";
  if (typeof value === "number") return Number.isInteger(value) ? "int" : "float";
  if (value instanceof Float) return "float";
  if (isList(value)) return "list";
  return value instanceof Row || value instanceof Timestamp || isStruct(value) ? "struct" : "map";
}

/** The type as Go's %T names it. */
export function typeName(value: Value): string {
  if (value instanceof Row) return value.typeName;
  if (value instanceof Timestamp) return "time.Time";
  const names = {
    nil: "<nil>",
    bool: "bool",
    int: "int",
    float: "float64",
    string: "string",
    list: "[]interface {}",
    map: "map[string]interface {}",
    struct: "map[string]interface {}",
  } as const;
  return names[kindOf(value)];
}

/** What `if` and `with` take for true: anything but false, zero, nil and the empty. */
export function truth(value: Value): boolean {
  if (value instanceof Float) return value.value !== 0;
  if (isList(value)) return value.length > 0;
  if (isRecord(value)) return isStruct(value) || Object.keys(value).length > 0;
  return Boolean(value);
}

/** An own property, never one of Object.prototype. */
export function ownField(record: Fields, name: string): Value {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

export function numberOf(value: Value): number | undefined {
  if (value instanceof Float) return value.value;
  if (typeof value === "number") return value;
  return typeof value === "bigint" ? Number(value) : undefined;
}
