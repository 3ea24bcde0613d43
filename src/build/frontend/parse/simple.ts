import { splitHead } from "../head.ts";
import type { ListInstruction, OnbuildInstruction, TextInstruction } from "../instruction.ts";
import { trim } from "../space.ts";
import { splitBlanks } from "../words.ts";
import { mistake, origin, type ParseRequest, readFlags, readJson, required } from "./request.ts";

/** Instructions with one text: the rest of the line, blanks included. */
export function parseText(kind: TextInstruction["kind"], request: ParseRequest): TextInstruction {
  readFlags(request, []);
  if (request.rest === "") throw mistake(request, `${request.name} requires exactly one argument`);
  return { ...origin(request), kind, value: request.rest };
}

export function parseExpose(request: ParseRequest): ListInstruction {
  readFlags(request, []);
  return { ...origin(request), kind: "expose", values: splitBlanks(required(request)).sort() };
}

export function parseVolume(request: ParseRequest): ListInstruction {
  readFlags(request, []);
  required(request);
  const values = (readJson(request) ?? splitBlanks(request.rest)).map(trim);
  if (values.length === 0) throw mistake(request, "VOLUME requires at least one argument");
  if (values.includes("")) throw mistake(request, "VOLUME specified can not be an empty string");
  return { ...origin(request), kind: "volume", values };
}

export function parseOnbuild(request: ParseRequest): OnbuildInstruction {
  readFlags(request, []);
  const trigger = splitHead(required(request)).name;
  if (trigger === "ONBUILD") {
    throw mistake(request, "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
  }
  if (trigger === "MAINTAINER" || trigger === "FROM") {
    throw mistake(request, `${trigger} isn't allowed as an ONBUILD trigger`);
  }
  const bodies = request.heredocs.map(({ body, name }) => `\n${body}${name}`);
  return { ...origin(request), kind: "onbuild", expression: request.rest + bodies.join("") };
}
