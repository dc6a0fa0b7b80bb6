/**
 * The shape of the repository, as a test: which package may import which, what files may be called, how long files and
 * functions may grow. The two limits are ratchets: lower them when the longest shrinks, never raise them.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, normalize } from "node:path";
import { test } from "node:test";

const LINES_PER_FILE_MAX = 420;
const LINES_PER_FUNCTION_MAX = 75;

const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { encoding: "utf8" })
  .split("\n")
  .filter((file) => file !== "" && existsSync(file));
const sources = files.filter((file) => file.endsWith(".ts") && !file.endsWith(".d.ts"));
const read = (file: string): string => readFileSync(file, "utf8");

/** What each folder may import from our own code, besides itself. First match wins. */
const ARROWS: { folder: string; may: string[] }[] = [
  { folder: "packages/core/src/model", may: ["packages/core/src/errors.ts"] },
  { folder: "packages/core/src/expr", may: ["packages/core/src/model", "packages/core/src/errors.ts", "packages/core/src/rules/rule.ts"] },
  { folder: "packages/core/src/rules", may: ["packages/core/src/model", "packages/core/src/expr", "packages/core/src/errors.ts"] },
  {
    folder: "packages/core/src/routes",
    may: ["packages/core/src/model", "packages/core/src/expr", "packages/core/src/rules", "packages/core/src/errors.ts"],
  },
  { folder: "packages/core", may: [] },
  { folder: "packages/engine/src/dialects", may: ["packages/core"] },
  {
    folder: "packages/engine/src/connectors",
    may: ["packages/core", "packages/engine/src/dialects", "packages/engine/src/slot", "packages/engine/src/spreadsheet"],
  },
  { folder: "packages/engine/src/spreadsheet", may: ["packages/core"] },
  {
    folder: "packages/engine/src/slot",
    may: ["packages/core", "packages/engine/src/dialects", "packages/engine/src/connectors/connector.ts"],
  },
  { folder: "packages/engine", may: ["packages/core"] },
  // The control plane never imports the engine: there is no way for a row to come here.
  { folder: "packages/server", may: ["packages/core"] },
  // The chart offers the settings of the control plane; nothing else of it is known there.
  { folder: "packages/deploy", may: ["packages/core", "packages/server/src/config.ts"] },
  { folder: "packages/cli", may: ["packages/core", "packages/engine", "packages/server", "packages/deploy"] },
  { folder: "scripts", may: ["packages"] },
];

const importsOf = (file: string): string[] =>
  [
    ...read(file).matchAll(/^(?:import|export)\b[^"']*?from\s+["']([^"']+)["']|^import\s+["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']/gm),
  ].map((match) => match[1] ?? match[2] ?? match[3] ?? "");

/** Path of an own file an import leads to, null for a package of others. */
const target = (file: string, specifier: string): string | null => {
  if (specifier.startsWith(".")) return normalize(join(dirname(file), specifier));
  const own = /^@touchstone\/(\w+)\/(.+)$/.exec(specifier);
  return own ? `packages/${own[1]}/src/${own[2]}.ts` : null;
};

test("imports follow the arrows", () => {
  const broken: string[] = [];
  for (const file of sources) {
    if (file.endsWith(".test.ts")) continue;
    const rule = ARROWS.find(({ folder }) => file.startsWith(`${folder}/`));
    for (const specifier of rule ? importsOf(file) : []) {
      const to = target(file, specifier);
      if (to && !to.startsWith(`${rule!.folder}/`) && !rule!.may.some((allowed) => to === allowed || to.startsWith(`${allowed}/`)))
        broken.push(`${file} -> ${to}`);
    }
  }
  assert.deepEqual(broken, []);
});

test("core is pure: its only dependency is zod, and it touches nothing of Node", () => {
  const outside = sources
    .filter((file) => file.startsWith("packages/core/") && !file.endsWith(".test.ts"))
    .flatMap((file) =>
      importsOf(file)
        .filter((specifier) => !specifier.startsWith(".") && specifier !== "zod")
        .map((specifier) => `${file} -> ${specifier}`),
    );
  assert.deepEqual(outside, []);
});

test("the middle is pure: planning, judging and naming anomalies reach no engine, no file and no operation", () => {
  const pure = ["plan", "judge", "anomalies"].map((name) => `packages/engine/src/${name}.ts`);
  const reached = pure.flatMap((file) =>
    importsOf(file)
      .map((specifier) => target(file, specifier) ?? specifier)
      .filter(
        (to) =>
          /^packages\/engine\/src\/(slot|connectors|operations|enrichment)\//.test(to) || (to.startsWith("node:") && to !== "node:crypto"),
      )
      .map((to) => `${file} -> ${to}`),
  );
  assert.deepEqual(reached, []);
});

test("names say what a thing is", () => {
  const empty = files.filter((file) => /(^|\/)(utils?|helpers?|common|shared|misc|manager|base)(\/|\.\w+$)/.test(file));
  assert.deepEqual(empty, []);
});

test("a rule is one file named like its type, and stands in the list", () => {
  const folder = "packages/core/src/rules";
  const list = read(join(folder, "list.ts"));
  const rules = readdirSync(folder).filter((name) => /export default (rowRule|aggregateRule|datasetRule)\(/.test(read(join(folder, name))));
  const wrong = rules.filter(
    (name) => !read(join(folder, name)).includes(`type: "${basename(name, ".ts")}"`) || !list.includes(`"./${name}"`),
  );
  assert.deepEqual(wrong, []);
});

test("no file is longer than its story", () => {
  const long = sources
    .filter((file) => !file.endsWith(".test.ts") && read(file).split("\n").length > LINES_PER_FILE_MAX)
    .map((file) => `${file}: ${read(file).split("\n").length} lines`);
  assert.deepEqual(long, []);
});

/** Functions by their braces: a line that opens one at indent n, closed by a brace at the same indent. */
const longFunctions = (file: string): string[] => {
  const lines = read(file).split("\n");
  const found: string[] = [];
  lines.forEach((line, start) => {
    if (
      !/(=>|\)(: [^{]+)?) \{$/.test(line) ||
      !/^\s*(export |async |function |const |\w+\()/.test(line) ||
      /^\s*(if|for|while|switch|test|describe|it)\b/.test(line)
    )
      return;
    const indent = /^\s*/.exec(line)![0];
    const end = lines.findIndex((other, index) => index > start && other.startsWith(`${indent}}`));
    if (end - start + 1 > LINES_PER_FUNCTION_MAX) found.push(`${file}:${start + 1}: ${end - start + 1} lines`);
  });
  return found;
};

test("no function is longer than a screen", () => {
  assert.deepEqual(
    sources.filter((file) => !file.endsWith(".test.ts")).flatMap((file) => longFunctions(file)),
    [],
  );
});

test("the project stands alone: nothing points outside it", () => {
  const outside = files
    .filter((file) => /\.(ts|json|md|yaml|yml|sh|html)$/.test(file) && file !== "scripts/tidy.test.ts")
    .filter((file) => /\.\.\/shared\b|\/work\/(shared|main|\.library)/.test(read(file)));
  assert.deepEqual(outside, []);
});

test("every rule, dialect and decision that ARCHITECTURE.md names exists", () => {
  const named = [...read("ARCHITECTURE.md").matchAll(/`((?:packages|scripts|docs)\/[\w./-]+)`/g)].map((match) => match[1]!);
  assert.deepEqual(
    named.filter((path) => !existsSync(path)),
    [],
  );
});
