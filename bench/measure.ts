import type { Contender } from "./contender.ts";
import { median, type Result, resultOf } from "./report.ts";
import type { Figures, Names, RowGroup } from "./rows.ts";

const WARM_UP = 2;
/** Rest between two measurements: what an engine does after its reply must not weigh on the next one's turn. */
const REST_MS = 200;

/** Of a long group one round in so many is made, but not fewer than that. */
const LONG = { oneIn: 5, atLeast: 3 };

interface Ready extends Awaited<ReturnType<RowGroup["prepare"]>> {
  readonly name: Contender["name"];
  readonly turns: Figures[];
}

/** How many rounds a group gets when so many are asked for. */
export function roundsOf({ isLong }: RowGroup, rounds: number): number {
  return isLong ? Math.max(LONG.atLeast, Math.ceil(rounds / LONG.oneIn)) : rounds;
}

/** Measures a group of rows: the contenders take turns in every round. A row that Berth has no figure for is left out. */
export async function measure(
  group: RowGroup,
  contenders: readonly Contender[],
  names: Names,
  rounds: number,
): Promise<Result[]> {
  const ready: Ready[] = [];
  try {
    for (const contender of contenders) {
      ready.push({ name: contender.name, turns: [], ...(await group.prepare(contender, names)) });
    }
    for (let round = group.isLong ? 0 : -WARM_UP; round < roundsOf(group, rounds); round++) {
      for (const { measure, turns } of ready) {
        const figures = await measure();
        if (round >= 0) turns.push(figures);
        await Bun.sleep(REST_MS);
      }
    }
  } finally {
    for (const { finish } of ready) await finish();
  }
  return group.rows.flatMap((row) => {
    const of = (name: Contender["name"]) => {
      const turns = ready.find((one) => one.name === name)?.turns ?? [];
      const figures = turns.map((turn) => turn[row.id] ?? null).filter((figure) => figure !== null);
      if (figures.length === 0) return null;
      return row.counts === "largest" ? Math.max(...figures) : median(figures);
    };
    const berth = of("berth");
    return berth === null ? [] : [resultOf(row, { berth, docker: of("docker"), podman: of("podman") })];
  });
}
