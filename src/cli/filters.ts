import { invalidArgument } from "./flag-values.ts";

/**
 * `--filter` values as the API's `filters` parameter: `{"status":{"exited":true}}`; undefined when there are none.
 * @throws FlagError
 */
export function filtersParameter(
  values: readonly string[],
  extra: Readonly<Record<string, readonly string[]>> = {},
): string | undefined {
  const filters: Record<string, Record<string, boolean>> = Object.create(null);
  const add = (name: string, value: string) => {
    filters[name] ??= Object.create(null) as Record<string, boolean>;
    filters[name][value] = true;
  };
  for (const text of values) {
    if (text === "") continue;
    const equals = text.indexOf("=");
    if (equals < 0) {
      throw invalidArgument(
        { name: "filter", short: "f" },
        text,
        "bad format of filter (expected name=value)",
      );
    }
    add(text.slice(0, equals).trim().toLowerCase(), text.slice(equals + 1).trim());
  }
  for (const [name, list] of Object.entries(extra)) for (const value of list) add(name, value);
  return Object.keys(filters).length === 0 ? undefined : JSON.stringify(filters);
}
