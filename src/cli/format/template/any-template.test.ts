import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { compileTemplate, TemplateError, type Value } from "./index.ts";

const run = (source: string, data: Value = null) => compileTemplate(source).execute(data);

describe("anything at all", () => {
  const source = fc
    .array(
      fc.oneof(
        fc.constantFrom(
          ...[
            "{{",
            "}}",
            "{{-",
            "-}}",
            ".",
            ".A",
            "$",
            "$x",
            ":=",
            "=",
            "|",
            "(",
            ")",
            " ",
            '"a"',
            "`b`",
            "'c'",
          ],
          ...[
            "1",
            "-2",
            "0x3",
            "1.5",
            "true",
            "nil",
            "if",
            "else",
            "end",
            "range",
            "with",
            "define",
            "template",
          ],
          ...[
            "block",
            "break",
            "continue",
            "len",
            "index",
            "slice",
            "printf",
            "json",
            "join",
            "eq",
            "lt",
            "and",
          ],
          ...[
            "or",
            "not",
            "call",
            "html",
            "js",
            "truncate",
            "pad",
            "{{end}}",
            "{{else}}",
            "{{if .A}}",
            "{{range .}}",
          ],
        ),
        fc.string({ maxLength: 3 }),
      ),
      { maxLength: 30 },
    )
    .map((parts) => parts.join(""));

  test("ends in text or in a TemplateError, and soon", () => {
    fc.assert(
      fc.property(source, fc.jsonValue({ maxDepth: 3 }), (template, data) => {
        try {
          expect(typeof compileTemplate(template).execute(data as Value)).toBe("string");
        } catch (error) {
          if (!(error instanceof TemplateError)) throw error;
        }
      }),
      { numRuns: 3000 },
    );
  });

  test("every function takes any arguments", () => {
    const names = [
      "eq",
      "ne",
      "lt",
      "le",
      "gt",
      "ge",
      "not",
      "len",
      "index",
      "slice",
      "print",
      "println",
      "printf",
    ];
    const more = [
      "html",
      "js",
      "urlquery",
      "json",
      "split",
      "join",
      "title",
      "lower",
      "upper",
      "pad",
      "truncate",
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...names, ...more),
        fc.array(fc.jsonValue({ maxDepth: 2 }), { maxLength: 4 }),
        (name, args) => {
          const call = args.map((_, i) => `(index . ${i})`).join(" ");
          try {
            run(`{{${name} ${call}}}`, args as Value);
          } catch (error) {
            if (!(error instanceof TemplateError)) throw error;
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  test("json of any value is that value", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const plain = JSON.parse(JSON.stringify(value));
        expect(JSON.parse(run("{{json .}}", plain))).toEqual(plain);
      }),
    );
  });
});
