import type { CommandContext } from "../command.ts";
import { bashScript } from "../completion/bash.ts";
import { fishScript } from "../completion/fish.ts";
import { zshScript } from "../completion/zsh.ts";

const scripts: Readonly<Record<string, (descriptions: boolean) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

/** `berth completion SHELL`. */
export async function run({ path, args, out }: CommandContext): Promise<number> {
  const script = scripts[path.at(-1) ?? ""];
  if (!script) return 1;
  out.write(script(!args.boolean("no-descriptions")));
  return 0;
}
