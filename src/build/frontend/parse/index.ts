import { nearest } from "../../../core/index.ts";
import { INSTRUCTION_NAMES, type Instruction } from "../instruction.ts";
import { parseCommand, parseRun, parseShell } from "./command.ts";
import { parseCopy } from "./copy.ts";
import { parseFrom } from "./from.ts";
import { parseHealthcheck } from "./healthcheck.ts";
import { parseArg, parsePairs } from "./pairs.ts";
import { mistake, type ParseRequest } from "./request.ts";
import { parseExpose, parseOnbuild, parseText, parseVolume } from "./simple.ts";

const PARSERS: Record<(typeof INSTRUCTION_NAMES)[number], (request: ParseRequest) => Instruction> = {
  ADD: (request) => parseCopy("add", request),
  ARG: parseArg,
  CMD: (request) => parseCommand("cmd", request),
  COPY: (request) => parseCopy("copy", request),
  ENTRYPOINT: (request) => parseCommand("entrypoint", request),
  ENV: (request) => parsePairs("env", request),
  EXPOSE: parseExpose,
  FROM: parseFrom,
  HEALTHCHECK: parseHealthcheck,
  LABEL: (request) => parsePairs("label", request),
  MAINTAINER: (request) => parseText("maintainer", request),
  ONBUILD: parseOnbuild,
  RUN: parseRun,
  SHELL: parseShell,
  STOPSIGNAL: (request) => parseText("stopsignal", request),
  USER: (request) => parseText("user", request),
  VOLUME: parseVolume,
  WORKDIR: (request) => parseText("workdir", request),
};

/** The typed form of one instruction. @throws invalid with the line, and the nearest name for an unknown one */
export function parseInstruction(request: ParseRequest): Instruction {
  const name = INSTRUCTION_NAMES.find((candidate) => candidate === request.name);
  if (name !== undefined) return PARSERS[name](request);
  const shown = request.written.length > 50 ? `${request.written.slice(0, 50)}...` : request.written;
  const meant = request.written.length > 50 ? undefined : nearest(request.written, INSTRUCTION_NAMES);
  throw mistake(request, `unknown instruction: ${shown}${meant ? ` (did you mean ${meant}?)` : ""}`);
}
