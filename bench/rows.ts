import { directoryOf } from "../e2e/harness/base-image.ts";
import { type Contender, call, timed } from "./contender.ts";
import { imageRows } from "./image-rows.ts";
import { daemonMegabytes } from "./memory.ts";

/** What a row may use: names that are this run's own. */
export interface Names {
  readonly image: string;
  /** `KEY=VALUE` for what is made on the way. */
  readonly label: string;
  /** Makes the name of a container or image. */
  of(suffix: string): string;
}

/** One thing measured. */
export interface Row {
  readonly id: string;
  readonly unit: "ms" | "MB";
  readonly what: string;
  /** What counts of the figures of all rounds; default: their median. */
  readonly counts?: "largest";
}

/** A figure for each row, by its id; null or none where a contender has no such thing. */
export type Figures = Readonly<Record<string, number | null>>;

/** Rows that are measured in one go. `prepare` readies a contender and returns how to measure once, and to clean up. */
export interface RowGroup {
  readonly rows: readonly Row[];
  /** It takes minutes: there are fewer rounds of it. */
  readonly isLong?: boolean;
  prepare(
    contender: Contender,
    names: Names,
  ): Promise<{ measure(): Promise<Figures>; finish(): Promise<unknown> }>;
}

type SingleRow = Row & {
  prepare(
    contender: Contender,
    names: Names,
  ): Promise<{ measure(): Promise<number | null>; finish(): Promise<unknown> }>;
};

const alone = ({ prepare, ...row }: SingleRow): RowGroup => ({
  rows: [row],
  async prepare(contender, names) {
    const { measure, finish } = await prepare(contender, names);
    return { measure: async () => ({ [row.id]: await measure() }), finish };
  },
});

const RUNNING = 10;
const nothing = async () => {};

async function startContainers(contender: Contender, names: Names, suffix: string, count: number) {
  const containers = Array.from({ length: count }, (_, index) => names.of(`${suffix}-${index}`));
  for (const name of containers)
    await call(contender, ["run", "-d", "--name", name, names.image, "sleep", "100000"]);
  return { containers, finish: () => call(contender, ["rm", "-f", ...containers]) };
}

/**
 * Three stages, twenty RUN steps and two COPY --from: nothing of it changes between two builds. Every step's image
 * carries the label, by which engines that keep such images are cleaned up.
 */
function dockerfile({ image, label }: Names): string {
  const steps = (stage: string, count: number) =>
    Array.from({ length: count }, (_, index) => `RUN echo ${index} > /${stage}-${index}`).join("\n");
  return `FROM ${image} AS one
LABEL ${label}
COPY file /file
${steps("one", 10)}
FROM ${image} AS two
LABEL ${label}
${steps("two", 10)}
FROM ${image}
LABEL ${label}
COPY --from=one /one-9 /
COPY --from=two /two-9 /
`;
}

const run = (id: string, what: string, flags: string[]): SingleRow => ({
  id,
  unit: "ms",
  what,
  prepare: async (contender, { image }) => ({
    measure: () => timed(contender, ["run", "--rm", ...flags, image, "true"]),
    finish: nothing,
  }),
});

const SINGLE_ROWS: readonly SingleRow[] = [
  run("run-bridge", "run --rm IMAGE true, on the bridge network", []),
  run("run-none", "run --rm --network none IMAGE true", ["--network", "none"]),
  {
    id: "exec",
    unit: "ms",
    what: "exec CONTAINER true",
    async prepare(contender, names) {
      const { containers, finish } = await startContainers(contender, names, "exec", 1);
      return { measure: () => timed(contender, ["exec", containers[0] ?? "", "true"]), finish };
    },
  },
  {
    id: "ps",
    unit: "ms",
    what: `ps, with ${RUNNING} containers running`,
    async prepare(contender, names) {
      const { finish } = await startContainers(contender, names, "ps", RUNNING);
      return { measure: () => timed(contender, ["ps"]), finish };
    },
  },
  {
    id: "build-cached",
    unit: "ms",
    what: "build of 3 stages and 20 RUN steps, all cached",
    async prepare(contender, names) {
      const context = await directoryOf({ Dockerfile: dockerfile(names), file: "content\n" });
      const built = names.of("built");
      const words = ["build", "-q", ...contender.buildFlags, "-t", built, context.path];
      await call(contender, words);
      return {
        measure: () => timed(contender, words),
        async finish() {
          await call(contender, ["rmi", "-f", built]);
          context[Symbol.dispose]();
        },
      };
    },
  },
  {
    id: "daemon-pss",
    unit: "MB",
    what: "memory of the daemon at rest (PSS), after the rows before",
    async prepare(contender) {
      await Bun.sleep(3000);
      return {
        async measure() {
          return daemonMegabytes(contender);
        },
        finish: nothing,
      };
    },
  },
];

export const GROUPS: readonly RowGroup[] = [...SINGLE_ROWS.map(alone), imageRows];
