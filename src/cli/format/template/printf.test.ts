import { describe, expect, test } from "bun:test";
import { compileTemplate, type Value } from "./index.ts";

const run = (source: string, data: Value = null) => compileTemplate(source).execute(data);

describe("printf", () => {
  for (const [source, output] of [
    [
      '{{printf "%5s|%-5s|%.1s|%q|%x|%X" "ab" "ab" "ab" "a\\"b" "ab" "ab"}}',
      '   ab|ab   |a|"a\\"b"|6162|6162',
    ],
    [
      '{{printf "%5d|%-5d|%05d|%+d|% d|%x|%X|%#x|%o|%b" 42 42 42 42 42 42 42 42 42 2}}',
      "   42|42   |00042|+42| 42|2a|2A|0x2a|52|10",
    ],
    ['{{printf "%05d|%.4d" -42 7}}', "-0042|0007"],
    [
      '{{printf "%f|%.0f|%8.3f|%e|%g|%G" 1.5 2.5 3.14159 1234.5 1e30 1e-7}}',
      "1.500000|2|   3.142|1.234500e+03|1e+30|1E-07",
    ],
    ['{{printf "%.3g|%.10g" 1234.5 0.5}}', "1.23e+03|0.5"],
    ['{{printf "%v %v" (split "a b" " ") true}}', "[a b] true"],
    ['{{printf "%s" (split "a b" " ")}}', "[a b]"],
    ['{{printf "%t %T %T %T" false 1 1.5 nil}}', "false int float64 <nil>"],
    ['{{printf "%-*s|" 4 "a"}}', "a   |"],
    ['{{printf "%[3]d %[1]d" 1 2 3}}', "3 1"],
    ['{{printf "%[9]d" 1}}', "%!d(BADINDEX)"],
    ['{{printf "%"}}', "%!(NOVERB)"],
    ['{{printf "%s %s" "a"}}', "a %!s(MISSING)"],
    ['{{printf "a" 1 "b"}}', "a%!(EXTRA int=1, string=b)"],
    ['{{printf "%s %d" nil nil}}', "%!s(<nil>) %!d(<nil>)"],
    ['{{printf "%d%%" 50}}', "50%"],
    ['{{printf "%#v" (split "a b" " ")}}', '[]interface {}{"a", "b"}'],
  ] as const) {
    test(source, () => {
      expect(run(source)).toBe(output);
    });
  }
});
