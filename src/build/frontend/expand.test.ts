// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the shell's syntax is what is tested here
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { BerthError } from "../../core/index.ts";
import { type ExpandOptions, expandWord } from "./expand.ts";

const values: Record<string, string> = {
  PWD: "/home",
  SHELL: "bash",
  KOREAN: "한국어",
  NULL: "",
  a: "abc",
  path: "/usr/local/bin/tool.tar.gz",
  two: "one two",
  nl: "a\nb",
};
const lookup = (name: string) => values[name];
const expand = (text: string, options: Partial<ExpandOptions> = {}) =>
  expandWord(text, lookup, { escape: "\\", ...options }).text;

const TABLE: [string, string][] = [
  ["hello", "hello"],
  ["he'll'o", "hello"],
  ["he'llo\\'", "hello\\"],
  ['he"llo"', "hello"],
  ["abc\\'def", "abc'def"],
  ["'abc\\def'", "abc\\def"],
  ['"abc\\def"', "abc\\def"],
  ['"abc\\"def"', 'abc"def'],
  ['"\\$PWD"', "$PWD"],
  ['"\\\\x"', "\\x"],
  ["'$PWD'", "$PWD"],
  ['"$PWD"', "/home"],
  ["he$PWD", "he/home"],
  ["he\\$PWD", "he$PWD"],
  ["he\\\\$PWD", "he\\/home"],
  ["$PWD.x", "/home.x"],
  ["$PWDx", ""],
  ["${PWD}x", "/homex"],
  ["$", "$"],
  ["$.", "$."],
  ["$1x", "x"],
  ["he$1x", "hex"],
  ["he$11x", "hex"],
  ["he$pwd.", "he."],
  ["$KOREAN", "한국어"],
  ["안녕${KOREAN}", "안녕한국어"],
  ["${UNSET:-word}", "word"],
  ["${UNSET-word}", "word"],
  ["${NULL:-word}", "word"],
  ["${NULL-word}", ""],
  ["${PWD:-word}", "/home"],
  ["${UNSET:-$SHELL}", "bash"],
  ["${UNSET:-${SHELL}}", "bash"],
  ["${UNSET:-a\\}b}", "a}b"],
  ['${UNSET:-"}"}', "}"],
  ["${PWD:+word}", "word"],
  ["${NULL:+word}", ""],
  ["${NULL+word}", "word"],
  ["${UNSET+word}", ""],
  ["${PWD:?oops}", "/home"],
  ["${NULL?oops}", ""],
  ["${path#*/}", "usr/local/bin/tool.tar.gz"],
  ["${path##*/}", "tool.tar.gz"],
  ["${path%.*}", "/usr/local/bin/tool.tar"],
  ["${path%%.*}", "/usr/local/bin/tool"],
  ["${path#/usr}", "/local/bin/tool.tar.gz"],
  ["${path%?z}", "/usr/local/bin/tool.tar."],
  ["${a#\\*}", "abc"],
  ["${a/b/X}", "aXc"],
  ["${path/\\//_}", "_usr/local/bin/tool.tar.gz"],
  ["${path//\\//_}", "_usr_local_bin_tool.tar.gz"],
  ["${a//?/x}", "xxx"],
  ["${a/*/x}", "x"],
  ["${a//z/x}", "abc"],
  ["${UNSET/a/b}", ""],
  ["a\\", "a"],
  ["", ""],
];

const ERRORS = [
  "'",
  '"',
  "he'llo",
  "${",
  "${}",
  "${:}",
  "${{x}}",
  "${PWD",
  "${PWD:",
  "${PWD:-",
  "${PWD:=x}",
  "${PWD:#p}",
  "${a.b}",
  "${a/x",
  "${a/x/y",
  "${UNSET:?}",
  "${UNSET?why}",
  "${NULL:?}",
  "${a#\\x}",
];

describe("expandWord", () => {
  for (const [text, expected] of TABLE) {
    test(`${JSON.stringify(text)} is ${JSON.stringify(expected)}`, () => expect(expand(text)).toBe(expected));
  }
  for (const text of ERRORS) {
    test(`${JSON.stringify(text)} is refused`, () => {
      expect(() => expand(text)).toThrow(/^failed to process /);
    });
  }
  test("messages of ? are the author's or say what is missing", () => {
    expect(() => expand("${UNSET?why}")).toThrow("UNSET: why");
    expect(() => expand("${UNSET?}")).toThrow("UNSET: is not allowed to be unset");
    expect(() => expand("${NULL:?}")).toThrow("NULL: is not allowed to be empty");
  });
  test("the escape character can be a backtick", () => {
    expect(expand("a`$PWD\\b", { escape: "`" })).toBe("a$PWD\\b");
  });
  test("keepUnset leaves what has no value", () => {
    expect(expand("$UNSET ${UNSET} ${UNSET:-x} $PWD", { keepUnset: true })).toBe(
      "$UNSET ${UNSET} ${UNSET:-x} /home",
    );
  });
  test("ignoreQuotes expands between quotes of a heredoc", () => {
    expect(expand(`'$PWD' "\\$PWD"`, { ignoreQuotes: true })).toBe(`'/home' "$PWD"`);
  });
  test("words are split after expansion, not inside quotes", () => {
    const words = (text: string) => expandWord(text, lookup, { escape: "\\" }).words;
    expect(words('x $two "$two" a\\ b')).toEqual(["x", "one", "two", "one two", "a b"]);
    expect(words("  ")).toEqual([]);
  });
  test("names without a value are reported", () => {
    expect([...expandWord("$x${y:-$z}$PWD", lookup, { escape: "\\" }).unset].sort()).toEqual(["x", "y", "z"]);
  });
  test("what cannot be finished in reasonable time is refused", () => {
    const long = "a".repeat(60_000);
    const slow = (text: string) => expandWord(text, () => long, { escape: "\\" });
    expect(() => slow(`\${v//${"*a".repeat(1000)}b/x}`)).toThrow("too long to match");
    expect(() => expand("${a:-".repeat(5000))).toThrow("nested too deeply");
    expect(() => slow("$v".repeat(100))).toThrow("the expanded text is too long");
  });
  test("any text expands or is refused by our own error", () => {
    const piece = fc.oneof(
      fc.constantFrom(
        "$",
        "{",
        "}",
        "${",
        "'",
        '"',
        "\\",
        "#",
        "%",
        "/",
        ":",
        "-",
        "+",
        "?",
        "*",
        " ",
        "a",
        "PWD",
      ),
      fc.string({ unit: "grapheme" }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), fc.boolean(), (pieces, rawQuotes) => {
        try {
          expand(pieces.join(""), { rawQuotes });
        } catch (error) {
          expect(error).toBeInstanceOf(BerthError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
