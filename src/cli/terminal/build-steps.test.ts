import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { BuildSteps } from "./build-steps.ts";

const STREAM = `Step 1/4 : FROM bb:1
 ---> 0e6fce5baf2d
Step 2/4 : COPY a /a
 ---> Using cache
 ---> e412edbf3b80
Step 3/4 : RUN make
 ---> Running in 6db8fd3c01da
compiling
\x1b[91mwarning
\x1b[0m ---> Removed intermediate container 6db8fd3c01da
 ---> e46db7f23cbd
Step 4/4 : CMD ["x"]
 ---> Running in 6db8fd3c01da
 ---> Removed intermediate container 6db8fd3c01da
 ---> 6f531f44bcbf
Successfully built 6f531f44bcbf
Successfully tagged x:latest
`;

function follow(pieces: readonly string[], outcome: "done" | "failed" = "done") {
  let time = 0;
  const build = new BuildSteps(() => time++);
  for (const piece of pieces) build.push(piece);
  build.finish(outcome);
  const steps = build.steps.map(({ number, total, text, state, output }) => ({
    number,
    total,
    text,
    state,
    output,
  }));
  return { steps, results: build.results };
}

describe("BuildSteps", () => {
  const expected = {
    steps: [
      { number: 1, total: 4, text: "FROM bb:1", state: "done", output: [] },
      { number: 2, total: 4, text: "COPY a /a", state: "cached", output: [] },
      { number: 3, total: 4, text: "RUN make", state: "done", output: ["compiling", "\x1b[91mwarning"] },
      { number: 4, total: 4, text: 'CMD ["x"]', state: "done", output: [] },
    ],
    results: ["Successfully built 6f531f44bcbf", "Successfully tagged x:latest"],
  };

  test("sorts the lines to their steps", () => {
    expect(follow([STREAM]) as unknown).toEqual(expected);
  });

  test("however the stream is cut", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(STREAM.length)), (cuts) => {
        const places = [0, ...cuts.sort((a, b) => a - b), STREAM.length];
        const pieces = places.slice(1).map((end, index) => STREAM.slice(places[index], end));
        expect(follow(pieces) as unknown).toEqual(expected);
      }),
    );
  });

  test("the step at which it stopped has failed, with what it printed last", () => {
    const { steps } = follow(["Step 1/2 : RUN a\nok\n", "Step 2/2 : RUN b\n", "no end of line"], "failed");
    expect(steps.map(({ state }) => state)).toEqual(["done", "failed"]);
    expect(steps[1]?.output).toEqual(["no end of line"]);
  });
});
