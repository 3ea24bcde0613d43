import type { CommandInstruction, CommandLine, RunInstruction, ShellInstruction } from "../instruction.ts";
import { mistake, origin, type ParseRequest, readFlags, readJson, required } from "./request.ts";

/** Exec form when the text is a JSON array of strings, else one line for the shell. */
export function readCommand(request: ParseRequest, text = request.rest): CommandLine {
  const args = readJson(request, text);
  return args ? { shell: false, args } : { shell: true, args: text === "" ? [] : [text] };
}

export function parseRun(request: ParseRequest): RunInstruction {
  const { network = "default" } = readFlags(request, ["network"]);
  if (network !== "default" && network !== "none" && network !== "host") {
    throw mistake(request, `invalid network mode ${JSON.stringify(network)}: expected default, none or host`);
  }
  const command = readCommand(request);
  if (command.args.length === 0) throw mistake(request, "RUN requires at least one argument");
  return { ...origin(request), kind: "run", command, heredocs: request.heredocs, network };
}

export function parseCommand(kind: "cmd" | "entrypoint", request: ParseRequest): CommandInstruction {
  readFlags(request, []);
  return { ...origin(request), kind, command: readCommand(request) };
}

export function parseShell(request: ParseRequest): ShellInstruction {
  readFlags(request, []);
  required(request);
  const shell = readJson(request);
  if (!shell) throw mistake(request, `SHELL requires the arguments to be in JSON form: ${request.text}`);
  if (shell.length === 0) throw mistake(request, "SHELL requires at least one argument");
  return { ...origin(request), kind: "shell", shell };
}
