import type { Flag } from "../command.ts";

/** `--filter` of every list. */
export const filterFlag: Flag = {
  name: "filter",
  short: "f",
  kind: "list",
  value: "filter",
  description: "Show only what meets the condition KEY=VALUE",
};

/** `--format` of every list. */
export const formatFlag: Flag = {
  name: "format",
  kind: "string",
  complete: ["table", "json"],
  description:
    "Format of the output:\n'table': a table with headers (default)\n'table TEMPLATE': a table of the given Go template\n'json': one JSON object a line\n'TEMPLATE': the given Go template for each",
};

/** `--format` of commands that show single objects. */
export const inspectFormatFlag: Flag = {
  name: "format",
  short: "f",
  kind: "string",
  complete: ["json"],
  description: "Format of the output:\n'json': JSON\n'TEMPLATE': the given Go template",
};

export const platformFlag: Flag = {
  name: "platform",
  kind: "string",
  description: "Platform of a multi-platform image (os[/arch[/variant]])",
};

/** `--filter` of commands that remove what is not used. */
export const pruneFilterFlag: Flag = {
  name: "filter",
  kind: "list",
  value: "filter",
  description: 'Only what meets the condition (e.g. "until=<timestamp>")',
};
