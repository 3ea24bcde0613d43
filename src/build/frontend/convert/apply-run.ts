import { posix } from "node:path";
import { denied, invalid } from "../../../core/index.ts";
import { type Edge, type ExecMount, vertex } from "../../graph/index.ts";
import { heredocContent, heredocStart } from "../heredoc.ts";
import type { CommandLine, RunInstruction } from "../instruction.ts";
import type { ConvertContext } from "./context.ts";
import { runCreatedBy } from "./created-by.ts";
import { isProxyArg, proxyEnvironment } from "./platform-args.ts";
import type { StageState } from "./stage-state.ts";

/** Where a script written in the Dockerfile is mounted while it runs. */
const SCRIPTS = "/dev/pipes";

/** The words of a command: the exec form as it is, the shell form behind the image's shell. */
export function withShell(command: CommandLine, state: StageState): string[] {
  return command.shell ? [...state.shell, command.args.join(" ")] : [...command.args];
}

export function applyRun(instruction: RunInstruction, state: StageState, context: ConvertContext): void {
  const { command, script } = resolveHeredocs(instruction);
  const args = withShell(command, state);
  if (args[0] === undefined || args[0] === "") throw invalid("RUN needs a command");
  const inputs: Edge[] = state.root ? [{ vertex: state.root, index: 0 }] : [];
  const mounts: ExecMount[] = [{ input: state.root ? 0 : -1, destination: "/", readonly: false, output: 0 }];
  if (script) {
    const { name, content } = script;
    const action = {
      type: "mkfile",
      path: `/${name}`,
      data: content,
      mode: 0o755,
      input: -1,
      output: 0,
    } as const;
    inputs.push({ vertex: vertex({ type: "file", actions: [action] }), index: 0 });
    mounts.push({ input: inputs.length - 1, destination: SCRIPTS, readonly: true, output: -1 });
  }
  const { options } = context;
  const run = vertex(
    {
      type: "exec",
      args,
      env: [...state.variables].map(([name, value]) => `${name}=${value}`),
      cwd: state.workingDirectory,
      user: state.config.User ?? "",
      hostname: "buildkitsandbox",
      network: runNetwork(instruction, options.network),
      extraHosts: options.extraHosts,
      mounts,
      proxyEnv: proxyEnvironment(options.buildArgs),
      limits: options.limits,
    },
    inputs,
  );
  for (const name of options.buildArgs.keys()) if (isProxyArg(name)) context.consumed.add(name);
  const shown = new Map(
    [...state.buildArgs].map(([name, value]) => [name, state.variables.get(name) ?? value]),
  );
  state.record(runCreatedBy(args, shown), run);
}

function runNetwork(
  { network }: RunInstruction,
  asked: "default" | "none" | "host",
): "default" | "none" | "host" {
  if (network === "default") return asked;
  if (network === "host" && asked !== "host") {
    throw denied("RUN --network=host is not allowed unless the build itself is given --network=host");
  }
  return network;
}

/** Puts heredocs where they belong: a script file, the shell's text, or back behind a longer command line. */
function resolveHeredocs(instruction: RunInstruction): {
  command: CommandLine;
  script?: { name: string; content: string };
} {
  const { command, heredocs } = instruction;
  const [first] = heredocs;
  const line = command.args[0];
  if (!first || line === undefined || !command.shell) return { command };
  if (heredocStart(line)) {
    const content = heredocContent(first);
    if (!content.startsWith("#!")) return { command: { shell: true, args: [content] } };
    if (!/^[^/]+$/.test(first.name) || first.name === "." || first.name === "..") {
      throw invalid(`heredoc name ${JSON.stringify(first.name)} cannot be a file name`);
    }
    const path = posix.join(SCRIPTS, first.name);
    return { command: { shell: true, args: [path] }, script: { name: first.name, content } };
  }
  const whole = line + heredocs.map(({ body, name }) => `\n${body}${name}`).join("");
  return { command: { shell: true, args: [whole] } };
}
