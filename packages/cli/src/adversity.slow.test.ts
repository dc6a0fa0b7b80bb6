/** What takes long or needs the system: very wide and very many, a source that dies in the middle, disks that are full. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, truncateSync } from "node:fs";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Report } from "@touchstone/core/model/report";
import { withEngine } from "@touchstone/engine/enrichment/local-ground";
import { newGround, spawnTouchstone } from "./terminal-ground.ts";

const ground = newGround();
after(ground.remove);
const { path, write, report, run } = ground;

const numbers = (columns: number, rows: number): string =>
  [
    Array.from({ length: columns }, (_, i) => `c${i}`).join(","),
    ...Array.from({ length: rows }, (_, row) => Array.from({ length: columns }, (__, i) => (row * row * 31 + i * 17) % 97).join(",")),
    "",
  ].join("\n");

test("5,000 columns", async () => {
  write("wide.csv", numbers(5_000, 100));
  const { containers } = await report(0, "check", "@wide.csv", "--progress", "none", "--fail-on", "never", "-o", "@wide.html");
  assert.equal(containers[0]!.fields.length, 5_000);
  assert.ok(containers[0]!.fields.every(({ profile }) => profile !== null));
  assert.ok(containers[0]!.checks.length > 0);
});

const CHECKS = 10_000;

test("10,000 checks", async () => {
  write("many.csv", numbers(20, 2_000));
  const yaml = Array.from({ length: CHECKS }, (_, i) =>
    i % 3 === 0
      ? `- {rule_type: satisfiesExpression, container: many, properties: {expression: 'c${i % 20} + ${i} >= 0'}}\n`
      : i % 3 === 1
        ? `- {rule_type: between, container: many, fields: [c${i % 20}], properties: {min: 0, max: ${97 + i}}}\n`
        : `- {rule_type: maxBetween, container: many, fields: [c${i % 20}], properties: {min: 0, max: ${97 + i}}}\n`,
  );
  write("many.yaml", yaml.join(""));
  const { containers, summary } = await report(0, "scan", "@many.csv", "--checks", "@many.yaml", "--progress", "none");
  assert.deepEqual([summary.passed, summary.failed, summary.unasserted], [CHECKS, 0, 0]);
  assert.equal(new Set(containers[0]!.checks.map(({ uid }) => uid)).size, CHECKS);
  const planned = await run("scan", "@many.csv", "--checks", "@many.yaml", "--plan");
  assert.equal(planned.status, 0);
});

test("a file of checks beyond every limit", async () => {
  write("small.csv", "a\n1\n");
  write(
    "bomb.yaml",
    `a: &a [x,x,x,x,x,x,x,x,x]\n${"bcdefghi"
      .split("")
      .map((name, i) => `${name}: &${name} [${`*${"abcdefgh"[i]},`.repeat(8)}*${"abcdefgh"[i]}]`)
      .join("\n")}\n`,
  );
  write("huge.yaml", `# ${"x".repeat(11 * 1024 * 1024)}\n`);
  write("deep.yaml", `${"[".repeat(20_000)}${"]".repeat(20_000)}\n`);
  for (const name of ["bomb", "huge", "deep"]) {
    const ran = await run("scan", "@small.csv", "--checks", `@${name}.yaml`, "--progress", "none");
    assert.equal(ran.status, 2, name);
    assert.match(ran.err, /error CHECKS_FILE_INVALID/, name);
  }
});

// ── A source that goes away ─────────────────────────────────────────────────────────────────────────────────────

const ROWS = 3_000_000;

const makeTable = (file: string): Promise<unknown> =>
  withEngine((connection) =>
    connection.run(
      `COPY (SELECT range AS k, hash(range) AS v, md5(CAST(range AS VARCHAR)) AS t FROM range(${ROWS})) TO '${file}' (FORMAT parquet)`,
    ),
  );

/** Runs a check, and ruins the source while it is under way. */
const ruined = async (file: string, ruin: () => void): Promise<Report> => {
  write("beside.csv", "b\n1\n2\n");
  await makeTable(path(file));
  const { ended } = spawnTouchstone(["check", path(file), path("beside.csv"), "--format", "json"]);
  await sleep(1_200);
  ruin();
  const { status, out, err } = await ended;
  assert.doesNotMatch(err, /\n\s+at |INTERNAL/);
  const found = Report.parse(JSON.parse(out));
  assert.equal(status, found.summary.containers_failed > 0 ? 2 : found.summary.failed > 0 ? 1 : 0, err);
  const beside = found.containers.find(({ name }) => name === "beside");
  assert.deepEqual([beside?.result, beside?.records], ["success", 2]);
  return found;
};

test("a file cut off in the middle of a scan: its container fails with a coded error, the other is there", async () => {
  const found = await ruined("cut.parquet", () => truncateSync(path("cut.parquet"), 1_000_000));
  const cut = found.containers.find(({ name }) => name.startsWith("cut"))!;
  if (cut.result !== "success") assert.equal(cut.error?.code, "SOURCE_UNREADABLE");
  else assert.ok(cut.checks.every(({ status, error }) => status !== "unasserted" || error?.code === "SOURCE_UNREADABLE"));
});

test("a file removed in the middle of a scan", async () => {
  const found = await ruined("gone.parquet", () => rmSync(path("gone.parquet")));
  const gone = found.containers.find(({ name }) => name.startsWith("gone"))!;
  assert.ok(gone.result === "success" || gone.error?.code === "SOURCE_UNREADABLE", gone.error?.code);
  if (gone.error) assert.match(gone.error.why, /no longer there/);
});

// ── Full disks ──────────────────────────────────────────────────────────────────────────────────────────────────

const canMount =
  process.getuid?.() === 0 && spawnSync("mount", ["--version"]).status === 0 && spawnSync("unshare", ["-m", "true"]).status === 0;
const mounting = { skip: canMount ? false : "needs the right to mount" };

const onSmallDisk = async (name: string, work: (folder: string) => Promise<void>): Promise<void> => {
  const folder = path(name);
  mkdirSync(folder);
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=8m", "tmpfs", folder]);
  try {
    await work(folder);
  } finally {
    execFileSync("umount", [folder]);
  }
};

test("a full disk under --temp: DISK_FULL, and nothing is left there", mounting, () =>
  onSmallDisk("full-temp", async (folder) => {
    await withEngine((connection) =>
      connection.run(
        `COPY (SELECT range AS k, hash(range) AS v, md5(CAST(range AS VARCHAR)) AS t FROM range(6000000)) TO '${path("large.csv")}' (FORMAT csv)`,
      ),
    );
    const ran = await run("check", "@large.csv", "--temp", folder, "--memory", "200MB", "--progress", "none");
    assert.equal(ran.status, 2, ran.out);
    assert.match(ran.out + ran.err, /DISK_FULL|OUT_OF_MEMORY/);
    assert.deepEqual(readdirSync(folder), []);
  }),
);

test("a full disk under --output and --enrich: DISK_FULL, the report is shown all the same", mounting, () =>
  onSmallDisk("full-target", async (folder) => {
    write(
      "wrong.csv",
      `v,t\n${Array.from({ length: 60_000 }, (_, i) => `${-1 - i},${((i * 2_654_435_761) % 4_294_967_296).toString(36)}${"x".repeat(50)}${((i * 40_503) % 65_537).toString(36)}`).join("\n")}\n`,
    );
    write("wrong.yaml", "- { rule_type: notNegative, container: wrong, fields: [v] }\n");
    const words = ["scan", "@wrong.csv", "--checks", "@wrong.yaml", "--max-records", "all", "--progress", "none"];
    const output = await run(...words, "-o", `${folder}/r.json`);
    assert.deepEqual([output.status, /error DISK_FULL/.test(output.err), /1 failed/.test(output.out)], [2, true, true], output.err);
    assert.deepEqual(readdirSync(folder), []);
    write("full-target/ballast", Buffer.alloc(7_900_000, 1));
    const enriched = await run(...words, "--enrich", `${folder}/evidence`);
    assert.deepEqual([enriched.status, /error DISK_FULL/.test(enriched.err), /1 failed/.test(enriched.out)], [2, true, true], enriched.err);
    const left = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".parquet"));
    assert.deepEqual(left, []);
    assert.equal(readFileSync(`${folder}/ballast`).length, 7_900_000);
  }),
);
