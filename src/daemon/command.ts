import { type ConfigOptions, LISTS } from "../engine/index.ts";
import { runDaemon } from "./run-daemon.ts";

/** Command line values of `berth daemon`, as the parser gives them. */
interface Arguments {
  string(name: string): string | undefined;
  list(name: string): readonly string[];
}

const NAMES = [
  "data-root",
  "exec-root",
  "bridge",
  "runtime",
  "pidfile",
  "favor-dynmods",
  "layer-format",
  "lean",
  "log-level",
  "log-format",
] as const;

/** The `daemon` command: only what the user wrote goes over the configuration file. */
export async function run({ args }: { args: Arguments }): Promise<number> {
  const options: ConfigOptions = {};
  for (const name of NAMES) {
    const value = args.string(name);
    if (value !== undefined) options[name] = value;
  }
  for (const name of LISTS) {
    const values = args.list(name);
    if (values.length > 0) options[name] = values;
  }
  const config = args.string("config");
  return runDaemon({ ...options, ...(config !== undefined && { config }) });
}
