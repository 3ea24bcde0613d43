// npm run check: formatting and lint, types, and the layout of the rooms; all three, side by side.
import { join } from "node:path";
import { run } from "./lib/child.mjs";
import { root } from "./lib/paths.mjs";
import { ensurePrerequisites } from "./lib/prerequisites.mjs";
import { main, say, seconds } from "./lib/steps.mjs";

const tool = (name) => join(root, "node_modules", ".bin", name);
const CHECKS = [
  ["lint and format (biome)", [tool("biome"), "check", "."]],
  ["types (tsc)", [tool("tsc"), "--noEmit"]],
  ["layout (scripts/check-rooms.mjs)", [process.execPath, "scripts/check-rooms.mjs"]],
];

await main(async () => {
  await ensurePrerequisites();
  const running = CHECKS.map(([title, argv]) => ({
    title,
    started: Date.now(),
    result: run(argv, { cwd: root }),
  }));
  let failed = 0;
  for (const { title, started, result } of running) {
    const { code, stdout, stderr } = await result;
    say(`  ${code === 0 ? "✓" : "✗"} ${title} (${seconds(Date.now() - started)})`);
    if (code === 0) continue;
    failed++;
    say(`${stdout}${stderr}`);
  }
  return failed === 0 ? 0 : 1;
});
