import type { Contender } from "./contender.ts";
import { median, type Result, resultOf } from "./report.ts";
import type { Names, Row } from "./rows.ts";

const WARM_UP = 2;
/** Rest between two measurements: what an engine does after its reply must not weigh on the next one's turn. */
const REST_MS = 200;

interface Ready extends Awaited<ReturnType<Row["prepare"]>> {
  readonly name: Contender["name"];
  readonly figures: number[];
}

/** Measures one row: the contenders take turns in every round; their medians count. */
export async function measure(
  row: Row,
  contenders: readonly Contender[],
  names: Names,
  rounds: number,
): Promise<Result> {
  const ready: Ready[] = [];
  try {
    for (const contender of contenders) {
      ready.push({ name: contender.name, figures: [], ...(await row.prepare(contender, names)) });
    }
    for (let round = -WARM_UP; round < rounds; round++) {
      for (const { measure, figures } of ready) {
        const figure = await measure();
        if (round >= 0 && figure !== null) figures.push(figure);
        await Bun.sleep(REST_MS);
      }
    }
  } finally {
    for (const { finish } of ready) await finish();
  }
  const of = (name: Contender["name"]) => {
    const figures = ready.find((one) => one.name === name)?.figures ?? [];
    return figures.length === 0 ? null : median(figures);
  };
  return resultOf(row, { berth: of("berth") ?? Number.NaN, docker: of("docker"), podman: of("podman") });
}
