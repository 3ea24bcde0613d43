// npm test [-- ARGUMENTS OF bun test]: installs what is missing, builds, runs every test, prints the sum at the end.
// Arguments that are paths below src, bench or e2e run those tests alone.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "./lib/build.mjs";
import { run } from "./lib/child.mjs";
import { berth, bun, root } from "./lib/paths.mjs";
import { ensurePrerequisites, TEST_EXTRAS, TEST_NEEDS } from "./lib/prerequisites.mjs";
import { main, Refusal, say } from "./lib/steps.mjs";
import { closingLine, readReport, total } from "./lib/test-report.mjs";

const MINUTE = 60_000;
/** Each part with the time one test may take and the time the whole part may take, in milliseconds. */
const PARTS = [
  { name: "unit", folders: ["src", "bench"], perTest: 30_000, whole: 15 * MINUTE },
  { name: "e2e", folders: ["e2e"], perTest: 90_000, whole: 20 * MINUTE },
];

/** Splits the arguments into the parts to run, with their paths, and what is passed on to bun. */
function select(argv) {
  const folderOf = (argument) => argument.split("/")[0];
  const isPath = (argument) => PARTS.some(({ folders }) => folders.includes(folderOf(argument)));
  const paths = argv.filter(isPath);
  const rest = argv.filter((argument) => !isPath(argument));
  const parts = PARTS.map((part) => ({
    ...part,
    paths: paths.length === 0 ? part.folders : paths.filter((path) => part.folders.includes(folderOf(path))),
  }));
  return { parts: parts.filter((part) => part.paths.length > 0), rest };
}

async function runPart(part, rest, scratch) {
  say(`\n== ${part.paths.join(" ")}`);
  const report = join(scratch, `${part.name}.xml`);
  const records = join(scratch, `${part.name}-engines`);
  const result = await run(
    [
      ...[bun, "test", ...part.paths.map((path) => `./${path}`), `--timeout=${part.perTest}`],
      ...["--reporter=junit", `--reporter-outfile=${report}`, ...rest],
    ],
    {
      cwd: root,
      inherit: true,
      timeout: part.whole,
      env: { ...process.env, BERTH_BINARY: berth, BERTH_E2E_RECORDS: records },
    },
  );
  if (result.timedOut) say(`\n${part.name} took longer than ${part.whole / MINUTE} minutes and was ended`);
  // Engines of a test process that died before its own clean-up.
  await run([bun, join("e2e", "harness", "sweep.ts"), records], {
    cwd: root,
    inherit: true,
    timeout: MINUTE,
  });
  return readReport(report, result);
}

await main(async () => {
  if (process.getuid?.() !== 0) throw new Refusal("The tests make containers and need root: sudo npm test");
  await ensurePrerequisites({ system: TEST_NEEDS, extras: TEST_EXTRAS });
  await build();
  const { parts, rest } = select(process.argv.slice(2));
  const scratch = mkdtempSync(join(tmpdir(), "berth-test-"));
  try {
    const counts = [];
    for (const part of parts) counts.push(await runPart(part, rest, scratch));
    const sum = total(counts);
    say(`\n${closingLine(sum)}`);
    return sum.failed === 0 && sum.passed > 0 ? 0 : 1;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
});
