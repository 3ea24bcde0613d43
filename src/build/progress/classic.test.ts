import { expect, test } from "bun:test";
import { planOf } from "../testing/plan.ts";
import { ClassicProgress, type StepEnd } from "./classic.ts";

const bytes = (text: string) => new Uint8Array(Buffer.from(text));
const id = (digit: string) => `sha256:${digit.repeat(64)}`;

function stream(dockerfile: string) {
  const plan = planOf(dockerfile);
  const ends = new Map<number, StepEnd>();
  let text = "";
  const progress = new ClassicProgress(
    plan,
    ({ stream: said }) => {
      text += said ?? "";
    },
    (step) => ends.get(step.number ?? 0),
  );
  const step = (number: number) => plan.steps[number - 1] as (typeof plan.steps)[number];
  const end = (number: number, what: StepEnd) => {
    ends.set(number, what);
    progress.advance();
  };
  /** What was said since the last time. */
  const said = () => {
    const now = text;
    text = "";
    return now;
  };
  return { progress, step, end, said };
}

test("steps are headed when they begin, and closed when they end", () => {
  const { progress, step, end, said } = stream("FROM base\nRUN a\nCMD b");
  progress.advance();
  expect(said()).toBe("");
  end(1, { cached: false, imageId: id("a") });
  expect(said()).toBe("Step 1/3 : FROM base\n ---> aaaaaaaaaaaa\n");
  progress.started(step(2), id("c"));
  progress.output(step(2), { stream: "stdout", data: bytes("out\n") });
  expect(said()).toBe("Step 2/3 : RUN a\n ---> Running in cccccccccccc\nout\n");
  end(3, { cached: true, imageId: id("d") });
  expect(said()).toBe("");
  end(2, { cached: false, imageId: id("b") });
  expect(said()).toBe(
    " ---> Removed intermediate container cccccccccccc\n ---> bbbbbbbbbbbb\nStep 3/3 : CMD b\n ---> Using cache\n ---> dddddddddddd\n",
  );
});

test("output of a step that is not first waits its turn", () => {
  const { progress, step, end, said } = stream("FROM scratch\nRUN a\nRUN b");
  progress.started(step(3), id("3"));
  progress.output(step(3), { stream: "stdout", data: bytes("three\n") });
  expect(said()).toBe("");
  end(1, { cached: false, imageId: null });
  expect(said()).toBe("Step 1/3 : FROM scratch\n ---> \n");
  end(2, { cached: true, imageId: undefined });
  expect(said()).toBe(
    "Step 2/3 : RUN a\n ---> Using cache\nStep 3/3 : RUN b\n ---> Running in 333333333333\nthree\n",
  );
});

test("characters that come in two pieces are not torn; stderr is red", () => {
  const { progress, step, end, said } = stream("FROM scratch\nRUN a");
  end(1, { cached: false, imageId: null });
  progress.started(step(2), undefined);
  said();
  const [first, second] = [bytes("ä").subarray(0, 1), bytes("ä").subarray(1)];
  progress.output(step(2), { stream: "stdout", data: first });
  progress.output(step(2), { stream: "stderr", data: bytes("e") });
  progress.output(step(2), { stream: "stdout", data: second });
  expect(said()).toBe("\u001b[91me\u001b[0mä");
});

test("a step that waits keeps two megabytes and says what it dropped", () => {
  const { progress, step, end, said } = stream("FROM scratch\nRUN a");
  progress.started(step(2), undefined);
  for (let i = 0; i < 5; i++)
    progress.output(step(2), { stream: "stdout", data: bytes("x".repeat(1 << 20)) });
  end(1, { cached: false, imageId: null });
  const text = said();
  expect(text.length).toBeLessThan(2.1 * (1 << 20));
  expect(text).toEndWith("[output clipped, log limit 2MiB reached]\n");
});

test("a failed step is shown with what it printed, wherever it stands", () => {
  const { progress, step, end, said } = stream("FROM scratch\nRUN a\nRUN b");
  end(1, { cached: false, imageId: null });
  said();
  progress.output(step(3), { stream: "stdout", data: bytes("last words\n") });
  progress.failed(step(3));
  expect(said()).toBe("Step 3/3 : RUN b\nlast words\n");
});
