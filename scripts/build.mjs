// npm run build [-- --force]: makes dist/berth.
import { build } from "./lib/build.mjs";
import { ensurePrerequisites } from "./lib/prerequisites.mjs";
import { main, say } from "./lib/steps.mjs";

await main(async () => {
  await ensurePrerequisites();
  const built = await build({ force: process.argv.includes("--force") });
  if (!built) say("dist/berth is up to date");
});
