import { expect, test } from "bun:test";
import fc from "fast-check";
import { enosysStub } from "./enosys-stub.ts";
import { runFilter } from "./test-filter.ts";

const NOT_IMPLEMENTED = 0x00050026;
/** A filter that answers with the call's number: what comes through is told apart from what does not. */
const REST = 0x7fff0000;
const rest = new Uint8Array([0x06, 0, 0, 0, 0, 0, 0xff, 0x7f]);

const word = fc.nat({ max: 0xffffffff });
const ranges = fc
  .uniqueArray(word, { minLength: 2, maxLength: 6 })
  .map((ends) => ends.sort((a, b) => a - b))
  .map((ends) =>
    ends.flatMap((first, index): [number, number][] =>
      index % 2 === 0 && index + 1 < ends.length ? [[first, ends[index + 1] as number]] : [],
    ),
  );
const unknown = fc.uniqueArray(fc.record({ architecture: word, ranges }), {
  maxLength: 5,
  selector: ({ architecture }) => architecture,
});

test("named calls are not implemented, all others reach the filter", () => {
  fc.assert(
    fc.property(unknown, fc.array(fc.tuple(word, word), { maxLength: 10 }), (machines, others) => {
      const program = Buffer.concat([enosysStub(machines), rest]);
      const borders = machines.flatMap(({ architecture, ranges }) =>
        ranges
          .flat()
          .flatMap((end) => [end - 1, end, end + 1].map((number) => [architecture, number] as const)),
      );
      for (const [architecture, number] of [...borders, ...others]) {
        if (number < 0 || number > 0xffffffff) continue;
        const machine = machines.find((one) => one.architecture === architecture);
        const named = machine?.ranges.some(([first, last]) => first <= number && number <= last);
        expect(runFilter(program, { architecture, number })).toBe(named ? NOT_IMPLEMENTED : REST);
      }
    }),
  );
});

test("nothing to name, nothing to run", () => expect(enosysStub([])).toHaveLength(0));
