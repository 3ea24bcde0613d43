// npm run bench: builds what is to be measured, then measures it (bench/main.ts).
import { join } from "node:path";
import { build } from "./lib/build.mjs";
import { run } from "./lib/child.mjs";
import { bun, root } from "./lib/paths.mjs";
import { ENGINE_NEEDS, ensurePrerequisites } from "./lib/prerequisites.mjs";
import { main, Refusal } from "./lib/steps.mjs";

await main(async () => {
  if (process.getuid?.() !== 0)
    throw new Refusal("The benchmark makes containers and needs root: sudo npm run bench");
  await ensurePrerequisites({ system: ENGINE_NEEDS, extras: ["docker-registry"] });
  await build();
  const argv = [bun, join(root, "bench", "main.ts"), ...process.argv.slice(2)];
  return (await run(argv, { cwd: root, inherit: true })).code;
});
