import { describe, expect, test } from "bun:test";
import {
  compileTemplate,
  Float,
  nilList,
  nilMap,
  Row,
  TemplateError,
  Timestamp,
  type Value,
} from "./index.ts";

const run = (source: string, data: Value = null) => compileTemplate(source).execute(data);

describe("syntax", () => {
  for (const [source, output] of [
    ["", ""],
    ["plain } text { }", "plain } text { }"],
    ["a\n  {{- 1 -}}  \n b", "a1b"],
    ["{{- /* a */ -}}\n x", "x"],
    ["{{/* a */}}x{{/* b\n c */}}y", "xy"],
    ["{{\n1\n}}", "1"],
    ["{{ `a\nb` }}", "a\nb"],
    ['{{"\\u00e9\\x41\\101\\n\\"\'"}}', "éAA\n\"'"],
    ["{{'\\n'}} {{'é'}}", "10 233"],
    ["{{0b11}} {{0o17}} {{017}} {{1_000}} {{0x_ff}}", "3 15 15 1000 255"],
    [
      "{{1e6}} {{1e5}} {{1234567.5}} {{0.0001}} {{json 1e20}} {{json 1e-7}}",
      "1e+06 100000 1.2345675e+06 0.0001 100000000000000000000 1e-7",
    ],
    ["{{1.0}} {{.5}} {{1e-7}} {{1e21}} {{100000000000000000000.0}}", "1 0.5 1e-07 1e+21 1e+20"],
    ["{{9223372036854775807}}", "9223372036854775807"],
    ["{{if false}}a{{else if true}}b{{else}}c{{end}}", "b"],
    ["{{with 0}}a{{else with 5}}{{.}}{{else}}c{{end}}", "5"],
    ["{{if true}}{{if false}}a{{else}}b{{end}}c{{end}}d", "bcd"],
    ["{{$a := 1}}{{if true}}{{$a = 2}}{{$b := 3}}{{$a}}{{$b}}{{end}}{{$a}}", "232"],
    ['{{range $i, $e := split "a,b" ","}}{{$i}}{{$e}}{{end}}', "0a1b"],
    ['{{range $e := split "a,b" ","}}{{$e}};{{end}}', "a;b;"],
    ["{{range 3}}{{if eq . 1}}{{continue}}{{end}}{{.}}{{end}}", "02"],
    ["{{range 3}}{{range 3}}{{break}}{{end}}{{.}}{{end}}", "012"],
    ["{{with $x := 3}}{{$x}}{{end}}", "3"],
    ['{{define "a"}}[{{.}}]{{end}}{{template "a" 1}}{{template "a"}}', "[1][<nil>]"],
    ['{{(index (split "a b" " ") 1) | printf "%s%s" "x"}}', "xb"],
    ['{{print (len (slice "abcd" 1 3)) (1 | print)}}', "21"],
  ] as const) {
    test(JSON.stringify(source), () => expect(run(source)).toBe(output));
  }

  for (const [source, message] of [
    ["{{/* a", "template: :1: unclosed comment"],
    ["{{/* a */ b}}", "template: :1: comment ends before closing delimiter"],
    ["a\nb{{.x}\n", "template: :2: bad character U+007D '}'"],
    ["{{@}}", 'template: :1: unexpected "@" in command'],
    ["{{\u0001}}", "template: :1: unrecognized character in action: U+0001"],
    ["{{a-b}}", "template: :1: bad character U+002D '-'"],
    ["{{1:2}}", "template: :1: expected :="],
    ["{{''}}", "template: :1: malformed character constant: ''"],
    ["{{'a}}", "template: :1: unterminated character constant"],
    ["{{`a}}", "template: :1: unterminated raw quoted string"],
    ["{{if 1}}a{{else}}b{{else}}c{{end}}", "template: :1: expected end; found {{else}}"],
    ["{{range 1}}{{end}}{{continue}}", "template: :1: {{continue}} outside {{range}}"],
    ['{{range 1}}{{define "a"}}{{end}}{{end}}', "template: :1: unexpected <define> in command"],
    ["{{1.a}}", 'template: :1: bad number syntax: "1.a"'],
    ['{{"a".b}}', 'template: :1: unexpected . after term "\\"a\\""'],
    ["{{nil.a}}", "template: :1: unexpected . after term"],
    ["{{range $a, 1 := .}}{{end}}", "template: :1: range can only initialize variables"],
    [`{{${"(".repeat(5000)}`, "template: :1: max expression depth exceeded"],
    ["{{if 1}}".repeat(5000), "template: :1: template nests too deep"],
    ['{{define "a"}}{{template "a"}}{{end}}{{template "a"}}', "exceeded maximum template depth"],
    ["{{range 10000000}}{{range 10000000}}{{end}}{{end}}", "it runs too long"],
  ] as const) {
    test(`${JSON.stringify(source.slice(0, 60))} is an error`, () => {
      expect(() => run(source)).toThrow(TemplateError);
      expect(() => run(source)).toThrow(message);
    });
  }
});

describe("values", () => {
  for (const [value, text, json] of [
    [null, "<nil>", "null"],
    [true, "true", "true"],
    [-3, "-3", "-3"],
    [1795236204967028826n, "1795236204967028826", "1795236204967028826"],
    [0.5, "0.5", "0.5"],
    [new Float(1), "1", "1"],
    ["<a>", "<a>", '"<a>"'],
    [[1, "b", null], "[1 b <nil>]", '[1,"b",null]'],
    [{ b: 1, a: { c: [] } }, "map[a:map[c:[]] b:1]", '{"a":{"c":[]},"b":1}'],
    [nilList(), "[]", "null"],
    [nilMap(), "map[]", "null"],
    [
      new Timestamp("2026-01-02T03:04:05.06Z"),
      "2026-01-02 03:04:05.06 +0000 UTC",
      '"2026-01-02T03:04:05.06Z"',
    ],
    [new Row("T", { A: () => 1, L: (_name: string) => "x", B: () => "<" }), "{1 <}", '{"A":1,"B":"\\u003c"}'],
  ] as [Value, string, string][]) {
    test(text, () => {
      expect(run("{{.}}", value)).toBe(text);
      expect(run("{{json .}}", value)).toBe(json);
    });
  }

  test("a row's methods take arguments", () => {
    const row = new Row("*T", { Label: (name: string) => `<${name}>`, ID: () => "1" });
    expect(run('{{.ID}}{{.Label "a"}}{{"b" | .Label}}{{with .ID}}{{$.Label .}}{{end}}', row)).toBe(
      "1<a><b><1>",
    );
    expect(() => run("{{.Label}}", row)).toThrow("wrong number of args for Label: want 1 got 0");
    expect(() => run("{{.Nope}}", row)).toThrow("can't evaluate field Nope in type *T");
    expect(() => run("{{.toString}}", row)).toThrow("can't evaluate field toString in type *T");
    expect(() => run("{{.constructor}}", row)).toThrow("can't evaluate field constructor");
  });

  test("names of Object.prototype are no fields", () => {
    expect(run('{{.toString}}{{.__proto__}}{{index . "constructor"}}', { a: "b" })).toBe(
      "<no value><no value>",
    );
  });

  test("maps are ranged over in the order of their keys", () => {
    expect(run("{{range $k, $v := .}}{{$k}}{{$v}}{{end}}", { b: 1, a: 2, é: 3, Z: 4 })).toBe("Z4a2b1é3");
  });

  test("below a missing value there are missing values; below nil it is an error", () => {
    expect(run("{{.a.b.c}}", {})).toBe("<no value>");
    expect(() => run("{{.a.b}}", { a: null })).toThrow("nil pointer evaluating interface {}.b");
  });
});
