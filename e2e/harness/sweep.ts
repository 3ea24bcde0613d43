/** Removes what a test process left behind that died before its own clean-up: `bun e2e/harness/sweep.ts RECORDS`. */
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { dismantle } from "./dismantle.ts";
import type { EngineRecord } from "./leftovers.ts";

const records = process.argv[2];
if (records === undefined) throw new Error("usage: bun e2e/harness/sweep.ts RECORDS");
for (const name of existsSync(records) ? readdirSync(records) : []) {
  const file = join(records, name);
  const record: EngineRecord = JSON.parse(readFileSync(file, "utf8"));
  process.stdout.write(`removing what the tests left of ${record.token}\n`);
  dismantle(record);
  rmSync(file);
}
