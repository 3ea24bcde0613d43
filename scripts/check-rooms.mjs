// Part of npm run check: holds the layout of src/ to docs/architecture.md.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { manifest, root } from "./lib/paths.mjs";
import { FORBIDDEN, LINES_AT_MOST, LINES_TO_LOOK_TWICE, mayImport, POWERS } from "./lib/rooms.mjs";

const problems = [];
const warnings = [];

/** Files below a directory of the checkout, with the given endings, as paths from its root. */
function filesBelow(directory, endings) {
  return readdirSync(join(root, directory), { withFileTypes: true }).flatMap((entry) => {
    const path = `${directory}/${entry.name}`;
    if (entry.isDirectory()) return filesBelow(path, endings);
    return endings.some((ending) => path.endsWith(ending)) ? [path] : [];
  });
}

/** Name of the room a file is in; undefined for files beside the rooms, such as src/main.ts. */
function roomOf(path) {
  const [top, room, rest] = path.split("/");
  return top === "src" && rest !== undefined ? room : undefined;
}

const lineOf = (text, index) => text.slice(0, index).split("\n").length;

const IMPORT =
  /\bfrom\s+["']([^"']+)["']|\bimport\s*\(\s*["']([^"']+)["']\s*\)|^\s*import\s+["']([^"']+)["']/gm;

function checkImports(path, text) {
  const room = roomOf(path);
  for (const match of text.matchAll(IMPORT)) {
    const specifier = match[1] ?? match[2] ?? match[3];
    if (!specifier.startsWith(".")) continue;
    const target = relative(root, resolve(root, dirname(path), specifier))
      .split(sep)
      .join("/");
    const place = `${path}:${lineOf(text, match.index)}`;
    if (room !== undefined && target.startsWith("src/") && roomOf(target) === undefined) {
      problems.push(`${place}: a room cannot import ${target}, which stands above all rooms`);
    }
    const targetRoom = roomOf(target);
    // The entry point loads single commands, to start fast.
    if (room === undefined || targetRoom === undefined || targetRoom === room) continue;
    if (!mayImport(room, targetRoom)) problems.push(`${place}: ${room} may not import ${targetRoom}`);
    if (target !== `src/${targetRoom}/index.ts`) {
      problems.push(`${place}: import ${targetRoom} by its index.ts, not ${target}`);
    }
  }
}

/** Tests, and what only tests use. */
function isTest(path) {
  return /\.test\.ts$|\/testing\/|\/test-[a-z-]+\.ts$/.test(path);
}

function checkPowers(path, text) {
  if (isTest(path)) return;
  for (const { what, pattern, room, exceptions } of POWERS) {
    const match = pattern.exec(text);
    if (match && roomOf(path) !== room && exceptions[path] === undefined) {
      problems.push(`${path}:${lineOf(text, match.index)}: ${what} belong to src/${room} alone`);
    }
  }
}

function checkLength(path, text) {
  const lines = text.split("\n").length - 1;
  const most = isTest(path) ? 2 * LINES_AT_MOST : LINES_AT_MOST;
  if (lines > most) problems.push(`${path}: ${lines} lines; ${most} is the most`);
  else if (lines > LINES_TO_LOOK_TWICE) warnings.push(`${path}: ${lines} lines; is it one thing?`);
}

function checkWords(path, text) {
  for (const [pattern, why] of FORBIDDEN) {
    const match = pattern.exec(text);
    if (match) problems.push(`${path}:${lineOf(text, match.index)}: "${match[0]}" is ${why}`);
  }
}

function checkDependencies() {
  const explained = readFileSync(join(root, "docs", "dependencies.md"), "utf8");
  for (const name of Object.keys({ ...manifest.dependencies, ...manifest.devDependencies })) {
    if (!explained.includes(`\`${name}\``))
      problems.push(`docs/dependencies.md does not say why ${name} is here`);
  }
}

for (const path of filesBelow("src", [".ts"])) {
  const text = readFileSync(join(root, path), "utf8");
  checkImports(path, text);
  checkPowers(path, text);
  checkLength(path, text);
  checkWords(path, text);
}
const elsewhere = ["e2e", "bench", "scripts", "docs", "examples"].flatMap((directory) =>
  filesBelow(directory, [".ts", ".mjs", ".md", "Dockerfile"]),
);
const rules = "scripts/lib/rooms.mjs";
for (const path of [...elsewhere, "README.md", "CONTRIBUTING.md", "CHANGELOG.md"]) {
  if (path !== rules) checkWords(path, readFileSync(join(root, path), "utf8"));
}
checkDependencies();

for (const warning of warnings) console.log(`note: ${warning}`);
for (const problem of problems) console.error(problem);
if (problems.length > 0) {
  console.error(
    `\n${problems.length} ${problems.length === 1 ? "breach" : "breaches"} of the layout (${rules})`,
  );
  process.exitCode = 1;
}
