/** Medians of one row; null where a peer is absent or has no such thing. */
export interface Result {
  readonly id: string;
  readonly unit: string;
  readonly berth: number;
  readonly docker: number | null;
  readonly podman: number | null;
  /** Berth's figure divided by theirs: below 1 is in Berth's favour. */
  readonly ratioDocker: number | null;
  readonly ratioPodman: number | null;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const at = (index: number) => sorted[index] ?? Number.NaN;
  return sorted.length % 2 === 0 ? (at(middle - 1) + at(middle)) / 2 : at(Math.floor(middle));
}

const rounded = (value: number, digits: number) => Number(value.toFixed(digits));

/** Rounds to what the clock can tell: a tenth of a millisecond or megabyte. */
export function resultOf(
  { id, unit }: { id: string; unit: string },
  medians: { berth: number; docker: number | null; podman: number | null },
): Result {
  const ratio = (theirs: number | null) => (theirs === null ? null : rounded(medians.berth / theirs, 3));
  const shown = (value: number | null) => (value === null ? null : rounded(value, 1));
  return {
    id,
    unit,
    berth: rounded(medians.berth, 1),
    docker: shown(medians.docker),
    podman: shown(medians.podman),
    ratioDocker: ratio(medians.docker),
    ratioPodman: ratio(medians.podman),
  };
}

/** The results as a table for people. */
export function table(results: readonly Result[]): string {
  const header = ["row", "unit", "Berth", "Docker", "Podman", "Berth/Docker", "Berth/Podman"];
  const cell = (value: number | null, digits: number) => (value === null ? "-" : value.toFixed(digits));
  const lines = [
    header,
    ...results.map((result) => [
      ...[result.id, result.unit, cell(result.berth, 1), cell(result.docker, 1), cell(result.podman, 1)],
      ...[cell(result.ratioDocker, 2), cell(result.ratioPodman, 2)],
    ]),
  ];
  const width = (column: number) => Math.max(...lines.map((line) => line[column]?.length ?? 0));
  const padded = (line: string[]) =>
    line.map((text, column) => (column < 2 ? text.padEnd(width(column)) : text.padStart(width(column))));
  return lines.map((line) => padded(line).join("  ").trimEnd()).join("\n");
}
