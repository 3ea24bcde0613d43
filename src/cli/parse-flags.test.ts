import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Flag } from "./command.ts";
import { parseFlags } from "./parse-flags.ts";
import { FlagError } from "./usage-error.ts";

const flags: Flag[] = [
  { name: "all", short: "a", kind: "boolean", description: "" },
  { name: "quiet", short: "q", kind: "boolean", description: "" },
  { name: "human", short: "H", kind: "boolean", default: true, description: "" },
  { name: "last", short: "n", kind: "number", default: -1, description: "" },
  { name: "cpus", kind: "number", value: "decimal", description: "" },
  { name: "format", short: "f", kind: "string", description: "" },
  { name: "env", short: "e", kind: "list", description: "" },
  { name: "secret", kind: "boolean", hidden: true, description: "" },
];

/** The values of all flags and the positional arguments, for short comparisons. */
function read(argv: string[], options = {}) {
  const { args, help } = parseFlags(argv, flags, options);
  return {
    all: args.boolean("all"),
    quiet: args.boolean("quiet"),
    last: args.number("last"),
    format: args.string("format"),
    env: args.list("env"),
    rest: args.positional,
    help,
  };
}

const nothing = {
  all: false,
  quiet: false,
  last: -1,
  format: undefined,
  env: [],
  rest: [],
  help: false,
};

describe("what pflag reads", () => {
  for (const [argv, expected] of [
    [[], {}],
    [["--all"], { all: true }],
    [["-a"], { all: true }],
    [["-aq"], { all: true, quiet: true }],
    [["--all=false"], { all: false }],
    [["--all=T", "--quiet=1"], { all: true, quiet: true }],
    [["-a=false"], { all: false }],
    [["-a", "false"], { all: true, rest: ["false"] }],
    [["--format", "x"], { format: "x" }],
    [["--format=x"], { format: "x" }],
    [["--format="], { format: "" }],
    [["--format", "--all"], { format: "--all" }],
    [["--format", "--"], { format: "--" }],
    [["-fx"], { format: "x" }],
    [["-f=x"], { format: "x" }],
    [["-f", "x"], { format: "x" }],
    [["-f", "-x"], { format: "-x" }],
    [["-aqfx"], { all: true, quiet: true, format: "x" }],
    [["-aqf", "x"], { all: true, quiet: true, format: "x" }],
    [["--format=a=b"], { format: "a=b" }],
    [["--format", "a", "--format", "b"], { format: "b" }],
    [["-n5"], { last: 5 }],
    [["-n", "-5"], { last: -5 }],
    [["-n=0x10"], { last: 16 }],
    [["--last", "0o17"], { last: 15 }],
    [["--last", "017"], { last: 15 }],
    [["--last", "1_000"], { last: 1000 }],
    [["-e", "A=1", "--env", "B", "--env=C=d=e"], { env: ["A=1", "B", "C=d=e"] }],
    [["a", "-q", "b"], { quiet: true, rest: ["a", "b"] }],
    [["-"], { rest: ["-"] }],
    [["a", "--", "-q", "--all"], { rest: ["a", "-q", "--all"] }],
    [["--", "--"], { rest: ["--"] }],
    [["", "x"], { rest: ["", "x"] }],
    [["--help"], { help: true }],
    [["-h"], { help: true }],
    [["-ah"], { all: true, help: true }],
    [["--secret"], {}],
  ] as const) {
    test(argv.join(" ") || "nothing", () => {
      expect(read([...argv])).toEqual({ ...nothing, ...expected } as ReturnType<typeof read>);
    });
  }

  test("flags end at the first argument where the rest is a container's command", () => {
    expect(read(["-q", "image", "-a", "--", "--x"], { stopAtFirst: true })).toEqual({
      ...nothing,
      quiet: true,
      rest: ["image", "-a", "--", "--x"],
    });
    expect(read(["--", "-q", "x"], { stopAtFirst: true }).rest).toEqual(["-q", "x"]);
  });

  test("defaults, and what was given", () => {
    const { args } = parseFlags(["--cpus", "1.5", "--human=false"], flags);
    expect(args.number("cpus")).toBe(1.5);
    expect(args.boolean("human")).toBe(false);
    expect(args.given("cpus")).toBe(true);
    expect(args.given("last")).toBe(false);
    expect(args.string("nonexistent")).toBeUndefined();
  });
});

describe("errors in pflag's words", () => {
  for (const [argv, message, suggestion] of [
    [["--xyz"], "unknown flag: --xyz", undefined],
    [["--formt=3"], "unknown flag: --formt", "--format"],
    [["--secre"], "unknown flag: --secre", undefined],
    [["-Z"], "unknown shorthand flag: 'Z' in -Z", undefined],
    [["-aZ"], "unknown shorthand flag: 'Z' in -Z", undefined],
    [["-aZq"], "unknown shorthand flag: 'Z' in -Zq", undefined],
    [["--format"], "flag needs an argument: --format", undefined],
    [["-f"], "flag needs an argument: 'f' in -f", undefined],
    [["-aqf"], "flag needs an argument: 'f' in -f", undefined],
    [["--="], "bad flag syntax: --=", undefined],
    [["---all"], "bad flag syntax: ---all", undefined],
    [
      ["--all=foo"],
      'invalid argument "foo" for "-a, --all" flag: strconv.ParseBool: parsing "foo": invalid syntax',
    ],
    [
      ["-n", "x"],
      'invalid argument "x" for "-n, --last" flag: strconv.ParseInt: parsing "x": invalid syntax',
    ],
    [["--last="], 'invalid argument "" for "-n, --last" flag: strconv.ParseInt: parsing "": invalid syntax'],
    [
      ["-n1.5"],
      'invalid argument "1.5" for "-n, --last" flag: strconv.ParseInt: parsing "1.5": invalid syntax',
    ],
    [
      ["-n99999999999999999999"],
      'invalid argument "99999999999999999999" for "-n, --last" flag: strconv.ParseInt: parsing "99999999999999999999": value out of range',
    ],
    [["--cpus=x"], 'invalid argument "x" for "--cpus" flag: strconv.ParseFloat: parsing "x": invalid syntax'],
    [["--toString"], "unknown flag: --toString", undefined],
    [["--__proto__=x"], "unknown flag: --__proto__", undefined],
  ] as const) {
    test(argv.join(" "), () => {
      let failure: unknown;
      try {
        parseFlags([...argv], flags);
      } catch (error) {
        failure = error;
      }
      expect(failure).toBeInstanceOf(FlagError);
      expect((failure as FlagError).message).toBe(message);
      expect((failure as FlagError).suggestion).toBe(suggestion);
    });
  }
});

describe("any command line", () => {
  test("ends in a result or a FlagError", () => {
    const word = fc.oneof(
      fc.string(),
      fc.constantFrom("-", "--", "-a", "--all", "-f", "--env=", "-n", "-aqn1", "--x"),
    );
    fc.assert(
      fc.property(fc.array(word), fc.boolean(), (argv, stopAtFirst) => {
        try {
          parseFlags(argv, flags, { stopAtFirst });
        } catch (error) {
          if (!(error instanceof FlagError)) throw error;
        }
      }),
    );
  });

  test("arguments after -- come back as they are", () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (words) => {
        expect(parseFlags(["-q", "--", ...words], flags).args.positional).toEqual(words);
      }),
    );
  });

  test("every spelling of a value means the same", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (value) => {
        const spellings = [
          [`--format=${value}`],
          ["--format", value],
          [`-f=${value}`],
          ["-f", value],
          ["-af", value],
        ];
        for (const argv of spellings) expect(read(argv).format).toBe(value);
      }),
    );
  });
});
