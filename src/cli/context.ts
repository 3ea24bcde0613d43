import type { ApiClient } from "../client/index.ts";
import type { CommandContext, CommandSpec, Output, ParsedArguments } from "./command.ts";
import type { CommandNode } from "./command-tree.ts";
import { clientFor, configDirectory, endpointOf } from "./connect.ts";

export interface ContextParts {
  node: CommandNode;
  globals: ParsedArguments;
  args: ParsedArguments;
  commands: readonly CommandSpec[];
  out: Output;
  err: Output;
}

/** What a command runs with, and what ends it. */
export interface OpenContext {
  context: CommandContext;
  close(): void;
}

/** Decides on the engine; nothing is dialled, and none of Node's streams is made, before a command asks for it. */
export async function openContext({ node, globals, ...rest }: ContextParts): Promise<OpenContext> {
  const { env } = process;
  // A wrong DOCKER_HOST is a fault of the commands that need an engine only.
  const resolved = await endpointOf(globals, env).then(
    (endpoint) => ({ endpoint }),
    (error: unknown) => ({ error }),
  );
  let client: ApiClient | undefined;
  const context: CommandContext = {
    ...rest,
    path: node.path,
    configDirectory: configDirectory(globals, env),
    env,
    get client() {
      if ("error" in resolved) throw resolved.error;
      // A tab key starts no engine.
      client ??= clientFor(resolved.endpoint, env, rest.err, !node.spec?.hidden);
      return client;
    },
    get stdin() {
      return process.stdin;
    },
    get stdout() {
      return process.stdout;
    },
    get stderr() {
      return process.stderr;
    },
  };
  return { context, close: () => client?.close() };
}
