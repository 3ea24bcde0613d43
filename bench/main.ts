/**
 * npm run bench [-- ROW...] [--json] [--rounds N] [--peer-docker HOST] [--peer-podman 'COMMAND']
 *
 * Measures Berth beside Docker and Podman, as whole commands from start to exit. The engines take turns within each
 * round, so that a busy moment of the machine hits all of them, and the median of the rounds counts. Rows that take
 * minutes (load, save, push, pull, rmi, daemon-peak: one turn with a big image gives them all) have a fifth of the
 * rounds, at least three. That image is made once of this machine's files and kept in the folder for temporary files.
 */
import { parseArgs } from "node:util";
import { baseTar } from "../e2e/harness/base-image.ts";
import { startBerth } from "./berth.ts";
import { type Contender, call } from "./contender.ts";
import { measure, roundsOf } from "./measure.ts";
import { docker, podman } from "./peers.ts";
import { type Result, table } from "./report.ts";
import { GROUPS, type Names } from "./rows.ts";

const LEAST_ROUNDS = 11;

function options() {
  const { values, positionals } = parseArgs({
    args: process.argv.slice(2),
    allowPositionals: true,
    options: {
      json: { type: "boolean", default: false },
      rounds: { type: "string", default: "15" },
      "peer-docker": { type: "string", default: process.env.PEER_DOCKER_HOST ?? "" },
      "peer-podman": { type: "string", default: "" },
    },
  });
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < LEAST_ROUNDS)
    throw new Error(`--rounds must be at least ${LEAST_ROUNDS}`);
  const ids = GROUPS.flatMap(({ rows }) => rows.map(({ id }) => id));
  for (const id of positionals) {
    if (!ids.includes(id)) throw new Error(`no row ${id}; rows: ${ids.join(" ")}`);
  }
  const chosen = (id: string) => positionals.length === 0 || positionals.includes(id);
  const groups = GROUPS.filter(({ rows }) => rows.some(({ id }) => chosen(id)));
  return { ...values, rounds, chosen, groups };
}

/** Removes what this run made in one engine, a row that failed half-way included. */
async function removeAll(contender: Contender): Promise<void> {
  const lines = async (args: string[]) => (await call(contender, args)).split("\n").filter(Boolean);
  const containers = await lines(["ps", "-a", "-q", "--filter", `name=${prefix}`]);
  if (containers.length > 0) await call(contender, ["rm", "-f", ...containers]);
  await call(contender, ["rmi", "-f", names.image]);
  // Images of build steps hold each other: each try removes those that none is built on.
  for (let tries = 0; tries < 50; tries++) {
    const steps = await lines(["images", "-a", "-q", "--no-trunc", "--filter", `label=${names.label}`]);
    if (steps.length === 0) return;
    await call(contender, ["rmi", "-f", ...new Set(steps)]).catch(() => {});
  }
}

const { json, rounds, chosen, groups, "peer-docker": dockerHost, "peer-podman": podmanCommand } = options();
const prefix = `berth-bench-${crypto.randomUUID().slice(0, 6)}`;
const names: Names = {
  image: `${prefix}/bb:1`,
  label: `berth-bench=${prefix}`,
  of: (suffix) => `${prefix}-${suffix}`,
};
const berth = await startBerth();
const contenders: Contender[] = [berth];
const loaded: Contender[] = [];

async function cleanUp(): Promise<void> {
  for (const contender of loaded.splice(0)) await removeAll(contender);
  await berth.stop();
}
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    void cleanUp().finally(() => process.exit(130));
  });
}

try {
  if (dockerHost) contenders.push(docker(dockerHost));
  if (podmanCommand) contenders.push(podman(podmanCommand));
  const image = await baseTar();
  for (const contender of contenders) {
    await call(contender, ["import", "-", names.image], image);
    loaded.push(contender);
  }
  const results: Result[] = [];
  for (const group of groups) {
    const count = roundsOf(group, rounds);
    for (const { id, what } of group.rows.filter(({ id }) => chosen(id))) {
      process.stderr.write(`${id}: ${what}, ${count} rounds\n`);
    }
    const measured = await measure(group, contenders, names, rounds);
    for (const result of measured.filter(({ id }) => chosen(id))) {
      results.push(result);
      if (json) process.stdout.write(`${JSON.stringify(result)}\n`);
    }
  }
  if (!json) process.stdout.write(`\n${table(results)}\n`);
} finally {
  await cleanUp();
}
