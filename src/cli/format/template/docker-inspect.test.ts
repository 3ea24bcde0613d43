import { expect, test } from "bun:test";
import { compileTemplate, markStruct, TemplateError, type Value } from "./index.ts";

/** What `docker inspect -f` of version 28 prints for a container, and what it says of templates that are wrong. */
const container = {
  Id: "4327ce05c6b2dbb3c1e823fcbbd670938046874eada7a45e73e562f43276de29",
  Name: "/d1_run",
  Path: "sleep",
  Args: ["1000000"],
  State: { Status: "running", Running: true, ExitCode: 0 },
  Mounts: [],
  Config: {
    Cmd: ["sleep", "1000000"],
    Env: ["A=b", "C=d"],
    Labels: { foo: "bar", "x.y": "z", lab: "1" },
    ExposedPorts: { "80/tcp": markedStruct({}) },
    Volumes: {},
  },
  HostConfig: {
    RestartPolicy: markedStruct({ Name: "no", MaximumRetryCount: 0 }),
    LogConfig: markedStruct({ Type: "json-file", Config: {} }),
    PortBindings: { "80/tcp": [markedStruct({ HostIp: "", HostPort: "18080" })] },
  },
  NetworkSettings: {
    Ports: {
      "80/tcp": [
        markedStruct({ HostIp: "0.0.0.0", HostPort: "18080" }),
        markedStruct({ HostIp: "::", HostPort: "18080" }),
      ],
    },
    Networks: { bridge: markedStruct({ IPAddress: "172.17.0.2" }) },
  },
};
for (const object of [
  container,
  container.State,
  container.Config,
  container.HostConfig,
  container.NetworkSettings,
]) {
  markStruct(object);
}

function markedStruct<T extends object>(object: T): T {
  markStruct(object);
  return object;
}

class Failure {
  constructor(readonly message: string) {}
}
const error = (message: string) => new Failure(`template: ${message}`);

const cases: [string, string | Failure][] = [
  ["{{.Config.Cmd}}", "[sleep 1000000]"],
  ["{{.Config.Env}}", "[A=b C=d]"],
  ["{{.Config.Labels}}", "map[foo:bar lab:1 x.y:z]"],
  ["{{.Config.Labels.foo}}", "bar"],
  ["{{.Config.Labels.nope}}", "<no value>"],
  ['{{index .Config.Labels "foo"}}', "bar"],
  ['{{index .Config.Labels "nope"}}', ""],
  ['{{index .Config.Labels "x.y"}}', "z"],
  ["{{.State.Status}} {{.State.Running}} {{.State.ExitCode}}", "running true 0"],
  ["{{.NetworkSettings.Ports}}", "map[80/tcp:[{0.0.0.0 18080} {:: 18080}]]"],
  [
    "{{json .NetworkSettings.Ports}}",
    '{"80/tcp":[{"HostIp":"0.0.0.0","HostPort":"18080"},{"HostIp":"::","HostPort":"18080"}]}',
  ],
  ["{{.HostConfig.RestartPolicy}}", "{no 0}"],
  ["{{.HostConfig.LogConfig}}", "{json-file map[]}"],
  ["{{.HostConfig.PortBindings}}", "map[80/tcp:[{ 18080}]]"],
  ["{{.Mounts}}", "[]"],
  ["{{range .Mounts}}{{.Source}}:{{.Destination}}{{end}}", ""],
  ["{{range $k, $v := .NetworkSettings.Networks}}{{$k}}={{$v.IPAddress}}{{end}}", "bridge=172.17.0.2"],
  [
    "{{range $p, $conf := .NetworkSettings.Ports}}{{$p}} -> {{(index $conf 0).HostPort}} {{end}}",
    "80/tcp -> 18080 ",
  ],
  ['{{(index (index .NetworkSettings.Ports "80/tcp") 0).HostPort}}', "18080"],
  ["{{with .State}}{{.Status}}{{else}}none{{end}}", "running"],
  ['{{if eq .State.Status "running"}}yes{{else if .State.ExitCode}}code{{else}}no{{end}}', "yes"],
  ["{{.Nope}}", error(':1:2: executing "" at <.Nope>: map has no entry for key "Nope"')],
  ["{{.State.Nope}}", error(':1:8: executing "" at <.State.Nope>: map has no entry for key "Nope"')],
  [
    "{{.State.Status.Foo}}",
    error(':1:8: executing "" at <.State.Status.Foo>: can\'t evaluate field Foo in type interface {}'),
  ],
  ["{{nope}}", error(':1: function "nope" not defined')],
  ["{{.Id", error(":1: unclosed action")],
  ["{{if}}x{{end}}", error(":1: missing value for if")],
  ["{{if .Id}}x", error(":1: unexpected EOF")],
  ["{{end}}", error(":1: unexpected {{end}}")],
  ["{{else}}", error(":1: unexpected {{else}}")],
  ["{{range}}x{{end}}", error(":1: missing value for range")],
  ["{{.Id | upper | lower | len}}", "64"],
  ["{{len .Config.Env}}", "2"],
  [
    "{{index .Config.Env 9}}",
    error(':1:2: executing "" at <index .Config.Env 9>: error calling index: index out of range: 9'),
  ],
  [
    '{{index .Config.Env "a"}}',
    error(
      ':1:2: executing "" at <index .Config.Env "a">: error calling index: cannot index slice/array with type string',
    ),
  ],
  ["{{index .Config.Env 0}}", "A=b"],
  ["{{slice .Id 0 12}}", "4327ce05c6b2"],
  [
    "{{slice .Id 0 1000}}",
    error(':1:2: executing "" at <slice .Id 0 1000>: error calling slice: index out of range: 1000'),
  ],
  ['{{join .Config.Env ","}}', "A=b,C=d"],
  ['{{split .Name "_"}}', "[/d1 run]"],
  ['{{title "hello world"}}', "Hello World"],
  ['{{pad "x" 2 3}}|', "  x   |"],
  ["{{truncate .Id 5}}", "4327c"],
  ["{{truncate .Id 500}}", "4327ce05c6b2dbb3c1e823fcbbd670938046874eada7a45e73e562f43276de29"],
  ["{{println .Id}}", "4327ce05c6b2dbb3c1e823fcbbd670938046874eada7a45e73e562f43276de29\n"],
  [
    '{{printf "%s %d %v %q %5d|%-5d|%05d %x %t %%" .Name .State.ExitCode .Config.Env .Name 3 4 5 255 true}}',
    '/d1_run 0 [A=b C=d] "/d1_run"     3|4    |00005 ff true %',
  ],
  ['{{printf "%d" "x"}}', "%!d(string=x)"],
  ['{{printf "%s" 3}}', "%!s(int=3)"],
  ['{{printf "%d"}}', "%!d(MISSING)"],
  ['{{printf "x" 1}}', "x%!(EXTRA int=1)"],
  ['{{print 1 2 "a" "b" 3}}', "1 2ab3"],
  ["{{$x := .Name}}{{$x}}", "/d1_run"],
  ["{{$y}}", error(':1: undefined variable "$y"')],
  ["{{/* comment */}}a{{- /* c */ -}} b", "ab"],
  ["  {{- .Name -}}  x", "/d1_runx"],
  ['{{and true .Name}} {{or "" "b"}} {{not 1}} {{and 0 1}}', "/d1_run b false 0"],
  [
    '{{eq 1 1}} {{ne "a" "b"}} {{lt 1 2}} {{ge 2 2}} {{gt "b" "a"}} {{le 1 0}}',
    "true true true true true false",
  ],
  [
    '{{eq 1 "a"}}',
    error(':1:2: executing "" at <eq 1 "a">: error calling eq: incompatible types for comparison'),
  ],
  [
    "{{eq .Name}}",
    error(':1:2: executing "" at <eq .Name>: error calling eq: missing argument for comparison'),
  ],
  [
    '{{lt 1 "a"}}',
    error(':1:2: executing "" at <lt 1 "a">: error calling lt: incompatible types for comparison'),
  ],
  ["{{eq 1 2 1}}", "true"],
  ['{{.Name "x"}}', error(':1:2: executing "" at <.Name>: Name is not a method but has arguments')],
  ['{{"a" "b"}}', error(':1:2: executing "" at <"a">: can\'t give argument to non-function "a"')],
  ["{{true}} {{nil}}", error(':1:11: executing "" at <nil>: nil is not a command')],
  ["{{nil}}", error(':1:2: executing "" at <nil>: nil is not a command')],
  ["{{1.5}} {{0x10}} {{'a'}} {{`raw`}} {{\"q\\t\"}} {{1e3}}", "1.5 16 97 raw q\t 1000"],
  ["{{.Id.}}", error(":1: unexpected <.> in operand")],
  ["{{.Id }}}", "4327ce05c6b2dbb3c1e823fcbbd670938046874eada7a45e73e562f43276de29}"],
  ["}}", "}}"],
  ['{{ "abc }}', error(":1: unterminated quoted string")],
  ['{{"a\\qb"}}', error(":1: invalid syntax")],
  ['{{template "x"}}', error(':1:11: executing "" at <{{template "x"}}>: template "x" not defined')],
  ['{{define "t"}}T{{.}}{{end}}{{template "t" .Name}}', "T/d1_run"],
  ['{{block "b" .Name}}<{{.}}>{{end}}', "</d1_run>"],
  ["{{range $i, $e := .Config.Env}}{{$i}}:{{$e}};{{end}}", "0:A=b;1:C=d;"],
  ['{{range .Config.Env}}{{if eq . "A=b"}}{{continue}}{{end}}{{.}};{{end}}', "C=d;"],
  ["{{range .Config.Env}}{{.}};{{break}}{{end}}", "A=b;"],
  ["{{range .Config.Volumes}}x{{else}}empty{{end}}", "empty"],
  ["{{range 3}}{{.}}{{end}}", "012"],
  ["{{break}}", error(":1: {{break}} outside {{range}}")],
  ["{{.Config.ExposedPorts}}", "map[80/tcp:{}]"],
  ['{{html "<a>"}} {{js "a\'b"}} {{urlquery "a b"}}', "&lt;a&gt; a\\'b a+b"],
  [
    "{{call .Name}}",
    error(':1:2: executing "" at <call .Name>: error calling call: non-function .Name of type string'),
  ],
  ["{{.Config.Labels | json}}", '{"foo":"bar","lab":"1","x.y":"z"}'],
  ["{{json .Config.Labels.nope}}", "null"],
  ['{{json "<a&b>"}}', '"<a&b>"'],
  ["{{len 3}}", error(':1:2: executing "" at <len 3>: error calling len: len of type int')],
  [
    "{{index .Config.Labels 3}}",
    error(
      ':1:2: executing "" at <index .Config.Labels 3>: error calling index: value has type int; should be string',
    ),
  ],
  [
    "{{index nil 3}}",
    error(':1:2: executing "" at <index nil 3>: error calling index: index of untyped nil'),
  ],
  ["{{not}}", error(':1:2: executing "" at <not>: wrong number of args for not: want 1 got 0')],
  ["{{upper}}", error(':1:2: executing "" at <upper>: wrong number of args for upper: want 1 got 0')],
  ["{{upper 3}}", error(':1:8: executing "" at <3>: expected string; found 3')],
  [
    "{{lower .State}}",
    error(
      ':1:8: executing "" at <.State>: wrong type for value; expected string; got map[string]interface {}',
    ),
  ],
  [
    '{{join .Name ","}}',
    error(':1:7: executing "" at <.Name>: wrong type for value; expected []string; got string'),
  ],
  ["{{(.Name)}}", "/d1_run"],
  ["{{(.State).Status}}", "running"],
  ['{{.State.Status | printf "%s-%s" "a"}}', "a-running"],
  ['{{printf "%v %v" nil true}}', "<nil> true"],
  ['{{printf "%+v %#v %T" .Name .Name .Name}}', '/d1_run "/d1_run" string'],
  ['{{printf "%6.2f|%e|%g" 1.5 2.5 3.5}}', "  1.50|2.500000e+00|3.5"],
  ['{{printf "%c %U %o %b %X" 65 65 8 5 255}}', "A U+0041 10 101 FF"],
  ['{{printf "%*d" 5 3}}', "    3"],
  ['{{printf "%[2]s %[1]s" "a" "b"}}', "b a"],
  ['{{printf "%!"}}', "%!!(MISSING)"],
  ['{{printf "%z" 3}}', "%!z(int=3)"],
  ["{{- if true}} a {{- else}} b {{end -}} c", " ac"],
  ["{{if and .State.Running (eq .State.ExitCode 0)}}ok{{end}}", "ok"],
  ["{{with $x := .Name}}{{$x}}{{end}}", "/d1_run"],
  ["{{$x := 1}}{{$x = 2}}{{$x}}", "2"],
  ["{{if $x := .Name}}{{$x}}{{end}}{{$x}}", error(':1: undefined variable "$x"')],
  ["{{.Name | .Id}}", error(':1:10: executing "" at <.Id>: Id is not a method but has arguments')],
  ["{{1 | 2}}", error(":1: non executable command in pipeline stage 2")],
  ["{{.Name |}}", "/d1_run"],
  ["{{|}}", error(':1: unexpected "|" in command')],
  ["{{()}}", error(":1: missing value for parenthesized pipeline")],
  ["{{(1}}", error(":1: unclosed left paren")],
  ["{{1)}}", error(":1: unexpected right paren")],
  ["{{.Name,.Id}}", error(':1: unexpected "," in operand')],
  ["{{ . Name}}", error(':1: function "Name" not defined')],
  ["{{.Name.}}", error(":1: unexpected <.> in operand")],
  ["{{..}}", error(":1: unexpected <.> in operand")],
  ["{{$.Name}}", "/d1_run"],
  ["{{-.Name}}", error(':1: bad number syntax: "-.N"')],
  ["{{- 3}}", "3"],
  ["{{-3}}", "-3"],
  ["{{+3}}", "3"],
  ["{{3x}}", error(':1: bad number syntax: "3x"')],
  ["{{#}}", error(':1: unexpected "#" in command')],
  ['{{"a"|upper|printf "%s"}}', "A"],
  ["{{template}}", error(':1: unexpected "}}" in template clause')],
  ["{{define}}", error(':1: unexpected "}}" in define clause')],
  ["{{end if}}", error(":1: unexpected <if> in end")],
  ["{{range $a, $b, $c := .Mounts}}{{end}}", error(":1: too many declarations in range")],
  ["{{$a, $b := .Mounts}}", error(":1: too many declarations in command")],
  ["{{1 := 2}}", error(':1: unexpected ":=" in operand')],
  ["{{if .A.B}}{{end}}", error(':1:7: executing "" at <.A.B>: map has no entry for key "A"')],
  ["{{.NetworkSettings.Networks.bridge.IPAddress}}", "172.17.0.2"],
  ["{{.NetworkSettings.Networks.foo.IPAddress}}", "<no value>"],
  ["{{.NetworkSettings.Networks.foo}}", "<no value>"],
];

for (const [source, expected] of cases) {
  test(source, () => {
    const run = () => compileTemplate(source).execute(container as Value);
    if (typeof expected === "string") expect(run()).toBe(expected);
    else {
      expect(run).toThrow(TemplateError);
      expect(run).toThrow(expected.message);
    }
  });
}
