/** Command lines from end to end on files written here: what they print, what they leave, how they exit. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { after, describe, test } from "node:test";
import { parquet, texts, withEngine } from "@touchstone/engine/enrichment/local-ground";
import { LAUNCHER, newGround, type Ran } from "./terminal-ground.ts";

const ground = newGround();
after(ground.remove);
const { run, report, write, path } = ground;

const SECRET = "s3cret-value";
write("orders.csv", `id,price,name,day\n1,10,a,2031-01-01\n2,20,${SECRET},2031-01-02\n3,-5,c,2031-01-03\n4,40,,2031-01-04\n`);
write(
  "checks.yaml",
  `- { rule_type: between, container: orders, fields: [price], properties: { min: 0, max: 30 } }
- { rule_type: notNull, container: orders, fields: [name] }
- { rule_type: unique, container: orders, fields: [id] }
`,
);
write("clean.yaml", "- { rule_type: unique, container: orders, fields: [id] }\n");
const SCAN = ["scan", "@orders.csv", "--checks", "@checks.yaml", "--progress", "none"];

/** `[command line, exit status, what stdout or stderr says]` */
type Case = readonly [words: readonly string[], status: number, says: RegExp];

const checkAll = (name: string, cases: readonly Case[]): void => {
  for (const [words, status, says] of cases)
    void test(`${name}: touchstone ${words.join(" ")}`, async () => {
      const ran = await run(...words);
      assert.equal(ran.status, status, ran.err + ran.out);
      assert.match(ran.err + ran.out, says);
    });
};

// Most of a case is the start of an engine process: several at a time.
void describe("command line", { concurrency: 3 }, () => {
  // ── Statuses and words ──────────────────────────────────────────────────────────────────────────────────────────

  checkAll("status", [
    [SCAN, 1, /2 anomalies over 2 records/],
    [["scan", "@orders.csv", "--checks", "@clean.yaml", "--progress", "none"], 0, /1 passed/],
    [[...SCAN, "--fail-on", "never"], 0, /2 anomalies/],
    [[...SCAN, "-c", "ord*"], 1, /2 anomalies/],
    [[...SCAN, "-c", "ordres"], 2, /CONTAINER_UNKNOWN.*ordres[^]*nearest name is orders/],
    [["profile", "@orders.csv", "--progress", "none"], 0, /4 records/],
    [["rules"], 0, /between/],
    [["rules", "between"], 0, /min {2}lower bound/],
    [["schema", "checks"], 0, /"\$schema"/],
    [["schema", "report"], 0, /"anomalous_records"/],
    [["extensions", "list"], 0, /extensions/],
    [["--version"], 0, /^\d+\.\d+\.\d+\n$/],
    [["--help"], 0, /Commands:/],
    [["scan", "--help"], 0, /--incremental-field <container=field>[^]*Examples:/],
  ]);

  checkAll("usage", [
    [[], 2, /Commands:/],
    [["chek", "@orders.csv"], 2, /unknown command 'chek'\n\(Did you mean check\?\)/],
    [["check", "@orders.csv", "--formt", "json"], 2, /unknown option '--formt'\n\(Did you mean --format\?\)/],
    [["check"], 2, /missing required argument 'source'/],
    [["check", "@orders.csv", "--level", "9"], 2, /Allowed choices are 0, 1, 2, 3, 4, 5/],
    [["check", "@orders.csv", "--format", "pdf"], 2, /Allowed choices are text, json/],
    [["check", "@orders.csv", "-o", "@r.pdf"], 2, /OPTION_INVALID[^]*\.json/],
    [["check", "@orders.csv", "-o", "@no/r.json"], 2, /FILE_UNWRITABLE[^]*folder does not exist/],
    [["check", "@orders.csv", "--sample", "0"], 2, /OPTION_INVALID: The option --sample 0/],
    [["check", "@orders.csv", "--sample", "many"], 2, /whole number/],
    [["check", "@orders.csv", "--memory", "lots"], 2, /OPTION_INVALID[^]*500MB/],
    [["check", "@orders.csv", "--threads", "-1"], 2, /OPTION_INVALID|argument missing/],
    [["check", "@orders.csv", "--time-zone", "Mars/Base"], 2, /IANA name/],
    [["check", "@orders.csv", "--mask", "name"], 2, /CONTAINER\.FIELD/],
    [["check", "@orders.csv", "--mask", "orders.nam"], 2, /FIELD_UNKNOWN[^]*orders\.name/],
    [["check", "@orders.csv", "--max-records", "-3"], 2, /OPTION_INVALID|argument missing/],
    [["check", "@orders.csv", "--operation-id", "../x"], 2, /OPTION_INVALID/],
    [["scan", "@orders.csv"], 2, /OPTION_INVALID: The option --checks/],
    [["scan", "@orders.csv", "--checks", "@none.yaml"], 2, /SOURCE_NOT_FOUND/],
    [[...SCAN, "--incremental"], 2, /--state FILE/],
    [[...SCAN, "--since", "yesterday"], 2, /OPTION_INVALID: The option --since/],
    [[...SCAN, "--incremental-field", "orders=dya"], 2, /FIELD_UNKNOWN[^]*nearest name is day/],
    [[...SCAN, "--incremental-field", "order=day"], 2, /CONTAINER_UNKNOWN[^]*nearest name is orders/],
    [[...SCAN, "--var", "x"], 2, /NAME=VALUE/],
    [[...SCAN, "--reference", "other=@gone.csv"], 2, /SOURCE_NOT_FOUND/],
    [["rules", "betwen"], 2, /RULE_UNKNOWN[^]*nearest name is between/],
    [["schema", "check"], 2, /OPTION_INVALID[^]*report, checks/],
    [["completion", "powershell"], 2, /OPTION_INVALID[^]*bash, zsh, fish/],
    [["extensions", "add", "@orders.csv"], 2, /error [A-Z_]+:/],
    [["diff", "@orders.csv", "@none.json"], 2, /not a report written with --format json/],
    [["dry-run", "@orders.csv"], 2, /one of --check and --checks/],
    [["dry-run", "@orders.csv", "--checks", "@checks.yaml"], 2, /3 were given/],
  ]);

  // ── Reports ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Fails unless every element that is opened is closed, in order. */
  const assertXml = (xml: string): void => {
    const open: string[] = [];
    const body = xml.replace(/^<\?xml[^?]*\?>/, "");
    for (const [, end, name, empty] of body.matchAll(/<(\/?)([\w-]+)(?:\s+[\w-]+="[^"<]*")*\s*(\/?)>/g))
      if (end) assert.equal(open.pop(), name);
      else if (!empty) open.push(name!);
    assert.deepEqual(open, []);
    assert.doesNotMatch(body.replaceAll(/<(\/?)([\w-]+)(?:\s+[\w-]+="[^"<]*")*\s*(\/?)>/g, ""), /[<]|&(?!(amp|lt|gt|quot|apos|#\d+);)/);
  };

  test("a scan's findings, row numbers and examples; the same in every file that --output names", async () => {
    const files = ["r.json", "r.ndjson", "r.xml", "r.md", "r.html", "r.txt"];
    const found = await report(1, ...SCAN, ...files.flatMap((name) => ["-o", `@${name}`]));
    const [orders] = found.containers;
    assert.deepEqual(
      orders!.checks.map(({ rule_type, status, asserted_records, anomalous_records }) => [
        rule_type,
        status,
        asserted_records,
        anomalous_records,
      ]),
      [
        ["between", "failed", 4, 2],
        ["notNull", "failed", 4, 1],
        ["unique", "passed", 4, 0],
      ],
    );
    assert.deepEqual(
      orders!.anomalies.map(({ row, failed_checks }) => [row, failed_checks.map(({ rule_type }) => rule_type).sort()]),
      [
        [3, ["between"]],
        [4, ["between", "notNull"]],
      ],
    );
    const content = Object.fromEntries(files.map((name) => [name, readFileSync(path(name), "utf8")]));
    assert.deepEqual(JSON.parse(content["r.json"]!), found);
    const lines = content["r.ndjson"]!.trimEnd().split("\n");
    assert.deepEqual(
      lines.map((line) => (JSON.parse(line) as { line: string }).line),
      ["run", "container", "summary"],
    );
    assertXml(content["r.xml"]!);
    assert.match(content["r.md"]!, /^#/);
    assert.match(content["r.html"]!, /^<!doctype html>[^]*<\/html>\s*$/i);
    assert.match(content["r.txt"]!, /1 passed · 2 failed/);
    assert.deepEqual(
      readdirSync(ground.folder).filter((name) => name.endsWith(".tmp")),
      [],
    );
  });

  test("--max-records: as many record anomalies per check, the rest rolled up, and all of them with `all`", async () => {
    write("many.csv", `v\n${Array.from({ length: 40 }, (_, i) => (i < 25 ? -1 - i : i)).join("\n")}\n`);
    write("many.yaml", "- { rule_type: notNegative, container: many, fields: [v] }\n");
    const types = async (...more: string[]): Promise<unknown> => {
      const { containers, summary } = await report(1, "scan", "@many.csv", "--checks", "@many.yaml", "--progress", "none", ...more);
      const count = (type: string): number => containers[0]!.anomalies.filter((anomaly) => anomaly.type === type).length;
      assert.equal(containers[0]!.checks[0]!.anomalous_records, 25);
      return { record: count("record"), shape: count("shape"), rows: summary.anomalous_records };
    };
    assert.deepEqual(await types("--max-records", "all"), { record: 25, shape: 0, rows: 25 });
    const capped = (await types("--max-records", "5")) as { record: number; shape: number };
    assert.ok(capped.record <= 5 && capped.shape === 1, JSON.stringify(capped));
  });

  test("--mask: the values are counted and never shown, in no format and no table", async () => {
    write(
      "masked.yaml",
      `- { rule_type: expectedValues, container: orders, fields: [name], properties: { list: [a, c] } }
- { rule_type: notNull, container: orders, fields: [name] }
- { rule_type: satisfiesExpression, container: orders, fields: [], properties: { expression: "name <> 'c' OR price > 0" } }
`,
    );
    const masked = [
      "scan",
      "@orders.csv",
      "--checks",
      "@masked.yaml",
      "--progress",
      "none",
      "--mask",
      "orders.name",
      "--enrich",
      "@masked",
    ];
    const ran = await run(
      ...masked,
      "--remediation",
      "append",
      ...["json", "ndjson", "xml", "md", "html", "txt"].flatMap((to) => ["-o", `@m.${to}`]),
    );
    assert.equal(ran.status, 1, ran.err);
    for (const to of ["json", "ndjson", "xml", "md", "html", "txt"]) assert.ok(!readFileSync(path(`m.${to}`), "utf8").includes(SECRET), to);
    assert.ok(!(ran.out + ran.err).includes(SECRET));
    assert.match(readFileSync(path("m.json"), "utf8"), /\*\*\*MASKED\*\*\*/);
    await withEngine(async (connection) => {
      for (const table of readdirSync(path("masked")).filter((name) => !name.startsWith("."))) {
        const rows = await texts(connection, `SELECT to_json(t) FROM ${parquet(path("masked"), table)} t`);
        assert.ok(rows.length > 0 && !JSON.stringify(rows).includes(SECRET), table);
      }
    });
    for (const format of ["json", "html"]) {
      const { out } = await run("check", "@orders.csv", "--mask", "orders.name", "--level", "5", "--progress", "none", "--format", format);
      assert.ok(!out.includes(SECRET), `check ${format}`);
    }
    const { out } = await run("infer", "@orders.csv", "--mask", "orders.name", "--level", "5", "--progress", "none");
    assert.ok(!out.includes(SECRET), "infer");
  });

  test("--var: typed values in filters and expressions; one that is missing leaves its check unasserted", async () => {
    write(
      "var.yaml",
      `- { rule_type: satisfiesExpression, container: orders, properties: { expression: "price <= {{ top }}" }, filter: "day >= {{ first }}" }\n`,
    );
    const words = ["scan", "@orders.csv", "--checks", "@var.yaml", "--progress", "none"];
    const given = await report(1, ...words, "--var", "top=20", "--var", "first=DATE '2031-01-02'");
    assert.deepEqual(
      given.containers[0]!.checks.map(({ asserted_records, anomalous_records }) => [asserted_records, anomalous_records]),
      [[3, 1]],
    );
    const missing = await report(2, ...words, "--var", "top=20");
    assert.equal(missing.containers[0]!.checks[0]!.error?.code, "VARIABLE_UNKNOWN");
    assert.equal((await run(...words, "--var", "top=1; DROP", "--var", "first=DATE '2031-01-02'")).status, 2);
  });

  test("--fail-on: unasserted checks count only when asked", async () => {
    write("half.yaml", `${readFileSync(path("clean.yaml"), "utf8")}- { rule_type: notNull, container: orders, fields: [nmae] }\n`);
    const words = ["scan", "@orders.csv", "--checks", "@half.yaml", "--progress", "none"];
    const found = await report(0, ...words);
    assert.deepEqual(
      found.containers[0]!.checks.map(({ status, error }) => [status, error?.code]),
      [
        ["passed", undefined],
        ["unasserted", "FIELD_UNKNOWN"],
      ],
    );
    assert.match(found.containers[0]!.checks[1]!.error!.why, /nearest name is name/);
    assert.equal((await run(...words, "--fail-on", "unasserted")).status, 1);
  });

  // ── New rows only ───────────────────────────────────────────────────────────────────────────────────────────────

  const GROWING = `- { rule_type: notNegative, container: grow, fields: [v] }
- { rule_type: unique, container: grow, fields: [k] }
`;

  test("--state --incremental: row rules look at new rows, keys at all of them", async () => {
    write("grow.yaml", GROWING);
    write("grow.csv", "k,v,updated_at\n1,-1,2031-01-01 00:00:00\n2,2,2031-01-02 00:00:00\n");
    const words = ["scan", "@grow.csv", "--checks", "@grow.yaml", "--progress", "none", "--state", "@state.json", "--incremental"];
    const counts = async (status: 0 | 1): Promise<unknown> => {
      const { containers, operation } = await report(status, ...words);
      assert.equal(operation.incremental, true);
      return containers[0]!.checks.map(({ asserted_records, anomalous_records }) => [asserted_records, anomalous_records]);
    };
    assert.deepEqual(await counts(1), [
      [2, 1],
      [2, 0],
    ]);
    write("grow.csv", `${readFileSync(path("grow.csv"), "utf8")}1,3,2031-01-03 00:00:00\n`);
    assert.deepEqual(await counts(1), [
      [1, 0],
      [3, 2],
    ]);
    assert.ok(!readFileSync(path("state.json"), "utf8").includes("-1,"));
    write("state.json", "{broken");
    const broken = await run(...words);
    assert.deepEqual([broken.status, /STATE_UNUSABLE/.test(broken.err)], [2, true]);
  });

  test("--since and --incremental-field: the same from a value given", async () => {
    write("grow2.yaml", GROWING);
    write("grow2/grow.csv", "k,v,day\n1,-1,2031-01-01\n2,-2,2031-01-02\n2,3,2031-01-03\n");
    const words = ["scan", "@grow2/grow.csv", "--checks", "@grow2.yaml", "--progress", "none"];
    const { containers } = await report(1, ...words, "--since", "2031-01-01", "--incremental-field", "grow=day");
    assert.deepEqual(
      containers[0]!.checks.map(({ asserted_records, anomalous_records }) => [asserted_records, anomalous_records]),
      [
        [2, 1],
        [3, 2],
      ],
    );
  });

  test("--reference: checks look into another source", async () => {
    write("codes.csv", "code\na\nc\n");
    write(
      "ref.yaml",
      "- { rule_type: existsIn, container: orders, fields: [name], properties: { ref_datastore: lists, ref_container: codes, field_name: code } }\n",
    );
    const words = ["scan", "@orders.csv", "--checks", "@ref.yaml", "--progress", "none"];
    const { containers } = await report(1, ...words, "--reference", "lists=@codes.csv");
    assert.deepEqual(
      containers[0]!.anomalies.map(({ row }) => row),
      [2],
    );
    const without = await report(2, ...words);
    assert.equal(without.containers[0]!.checks[0]!.status, "unasserted");
  });

  // ── Evidence ────────────────────────────────────────────────────────────────────────────────────────────────────

  for (const target of ["evidence", "evidence.duckdb"])
    test(`--enrich ${target}: the tables hold the findings; the same --operation-id again adds nothing`, async () => {
      const words = [...SCAN, "--enrich", `@${target}`, "--enrich-prefix", "p", "--remediation", "append"];
      for (const id of ["one", "one", "two"]) assert.equal((await run(...words, "--operation-id", id)).status, 1);
      await withEngine(async (connection) => {
        const folder = !target.endsWith(".duckdb");
        if (!folder) await connection.run(`ATTACH '${path(target)}' AS store (READ_ONLY)`);
        const table = (name: string): string => (folder ? parquet(path(target), name) : `store."${name}"`);
        const counts = await texts(connection, `SELECT operation_id, count(*) FROM ${table("p_failed_checks")} GROUP BY 1 ORDER BY 1`);
        assert.deepEqual(counts, [
          ["one", "3"],
          ["two", "3"],
        ]);
        assert.deepEqual(await texts(connection, `SELECT count(*) FROM ${table("p_scan_operations")}`), [["2"]]);
        const kept = `SELECT id, price FROM ${table("p_remediation_orders")} WHERE enrichment_operation_id = 'two' ORDER BY id`;
        assert.deepEqual(await texts(connection, kept), [
          ["3", "-5"],
          ["4", "40"],
        ]);
      });
    });

  test("a target that cannot be written is said before any data is read", async () => {
    write("a-file", "x");
    for (const target of ["@a-file/below", "/proc/none", "@orders.csv", "ftp://x/y"]) {
      const { status, err, out } = await run(...SCAN, "--enrich", target);
      assert.equal(status, 2, target);
      assert.match(err, /error TARGET_(READ_ONLY|KIND_UNKNOWN)/, target);
      assert.equal(out, "", target);
    }
  });

  // ── Plan, inference, trials, comparison ─────────────────────────────────────────────────────────────────────────

  test("--plan prints the passes and their SQL, and runs nothing", async () => {
    const { status, out } = await run(...SCAN, "--plan");
    assert.equal(status, 0);
    assert.match(out, /^orders: 2 passes over the data\n/);
    assert.match(out, /-- 1\. shared: [^]*SELECT [^]*-- 2\. groups: /);
  });

  test("infer writes checks that scan reads, with the same outcome as check", async () => {
    const rows = Array.from({ length: 400 }, (_, i) => `${i + 1},${(i * 7) % 50},${["red", "green", "blue"][i % 3]}`);
    write("shop.csv", `id,stock,colour\n${rows.join("\n")}\n401,49,gren\n`);
    const inferred = await run("infer", "@shop.csv", "-o", "@shop.yaml", "--level", "3", "--progress", "none");
    assert.equal(inferred.status, 0, inferred.err);
    const { containers: scanned } = await report(
      0,
      "scan",
      "@shop.csv",
      "--checks",
      "@shop.yaml",
      "--progress",
      "none",
      "--fail-on",
      "never",
    );
    const { containers: checked } = await report(0, "check", "@shop.csv", "--level", "3", "--progress", "none", "--fail-on", "never");
    const outcome = (found: typeof scanned) =>
      found[0]!.checks.map(({ uid, status, anomalous_records }) => [uid, status, anomalous_records]);
    assert.ok(checked[0]!.checks.length > 0);
    assert.deepEqual(outcome(scanned), outcome(checked));
    const draft = await run("infer", "@shop.csv", "--draft", "--progress", "none");
    assert.match(draft.out, /status: Draft/);
    assert.doesNotMatch(draft.out, /status: Active/);
  });

  test("dry-run tries one check, also a draft, and leaves nothing", async () => {
    const check = "{rule_type: between, container: orders, fields: [price], properties: {min: 0, max: 30}, status: Draft}";
    const found = await report(1, "dry-run", "@orders.csv", "--check", check, "--progress", "none");
    assert.deepEqual([found.operation.type, found.containers[0]!.checks[0]!.anomalous_records], ["dry_run", 2]);
    const cases: [string, RegExp][] = [
      ["{rule_type: betwen, container: orders, fields: [price]}", /betwen[^]*between/],
      ["{rule_type: between, container: ordres, fields: [price], properties: {min: 0, max: 1}}", /CONTAINER_UNKNOWN[^]*orders/],
      ["{rule_type: between", /CHECKS_FILE_INVALID/],
    ];
    for (const [text, says] of cases) {
      const ran = await run("dry-run", "@orders.csv", "--check", text, "--progress", "none");
      assert.equal(ran.status, 2, text);
      assert.match(ran.err + ran.out, says);
    }
  });

  test("diff tells what is new between two reports", async () => {
    write("monday/orders.csv", "id,price,name,day\n1,10,a,2031-01-01\n");
    await run("scan", "@monday/orders.csv", "--checks", "@checks.yaml", "--progress", "none", "-o", "@monday.json");
    await run(...SCAN, "-o", "@tuesday.json");
    const worse = await run("diff", "@monday.json", "@tuesday.json");
    assert.deepEqual([worse.status, worse.out.split("\n")[0]], [1, "2 anomalies new, 0 gone, 0 remaining"]);
    const better = await run("diff", "@tuesday.json", "@monday.json", "--json");
    assert.equal(better.status, 0);
    assert.equal((JSON.parse(better.out) as { anomalies_gone: unknown[] }).anomalies_gone.length, 2);
    assert.match((await run("diff", "@monday.json", "@monday.json")).out, /^0 anomalies new, 0 gone, 0 remaining/);
  });

  test("--sample looks at a part and says so", async () => {
    write("long.csv", `v\n${Array.from({ length: 20_000 }, (_, i) => i).join("\n")}\n`);
    const { containers } = await report(0, "profile", "@long.csv", "--sample", "2000", "--progress", "none");
    assert.equal(containers[0]!.records, 20_000);
    assert.ok(containers[0]!.records_processed > 1000 && containers[0]!.records_processed < 4000, String(containers[0]!.records_processed));
  });

  // ── Progress ────────────────────────────────────────────────────────────────────────────────────────────────────

  const progressOf = async (style: string): Promise<Ran> => run(...SCAN.slice(0, -2), "--progress", style);

  test("progress: plain lines in a pipe, events on request, nothing with none; never on stdout", async () => {
    assert.equal((await progressOf("auto")).err, "orders: 4 records, 2 anomalies\n");
    assert.equal((await progressOf("none")).err, "");
    const { err, out } = await progressOf("ndjson");
    const events = err
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { event: string });
    assert.equal(events[0]!.event, "operation_started");
    assert.equal(events.at(-1)!.event, "operation_finished");
    assert.ok(events.some(({ event }) => event === "container_finished"));
    assert.match(out, /^orders {2}4 records/);
    assert.ok((await progressOf("bar")).err.endsWith("\r\u001b[2K"));
  });

  // ── Shells and real processes ───────────────────────────────────────────────────────────────────────────────────

  for (const shell of ["bash", "zsh", "fish"])
    test(`completion of ${shell} is a script that ${shell} reads`, async (context) => {
      const { out, status } = await run("completion", shell);
      assert.equal(status, 0);
      const file = write(`completion.${shell}`, out);
      if (spawnSync(shell, ["--version"]).error) return context.skip(`${shell} is not installed`);
      const read = spawnSync(shell, ["-n", file], { encoding: "utf8" });
      assert.deepEqual([read.status, read.stderr], [0, ""]);
    });

  test("bash completes commands, options and their values", () => {
    const complete = (...words: string[]): string =>
      spawnSync(
        "bash",
        [
          "-c",
          `source <("${LAUNCHER}" completion bash); COMP_WORDS=(${words.join(" ")}); COMP_CWORD=${words.length - 1}; _touchstone; echo "\${COMPREPLY[*]}"`,
        ],
        { encoding: "utf8" },
      ).stdout.trim();
    assert.equal(complete("touchstone", "sc"), "scan schema");
    assert.equal(complete("touchstone", "scan", "--inc"), "--incremental --incremental-field");
    assert.equal(complete("touchstone", "scan", "--format", "j"), "json junit");
  });

  test("as a process: status, report on stdout, progress on stderr; a reader that goes away is no error", () => {
    const shell = (line: string): { status: number | null; stdout: string; stderr: string } =>
      spawnSync("bash", ["-c", `set -o pipefail; ${line}`], { encoding: "utf8", cwd: ground.folder });
    const ran = shell(`'${LAUNCHER}' scan orders.csv --checks checks.yaml`);
    assert.deepEqual([ran.status, ran.stderr], [1, "orders: 4 records, 2 anomalies\n"]);
    assert.match(ran.stdout, /^orders {2}4 records/);
    const closed = shell(`'${LAUNCHER}' rules | head -1`);
    assert.deepEqual([closed.stderr, closed.stdout.split("\n").length], ["", 2]);
    const early = shell(`'${LAUNCHER}' scan orders.csv --checks checks.yaml --format html | true; echo "\${PIPESTATUS[0]}"`);
    assert.doesNotMatch(early.stderr, /EPIPE|at /);
    const owed = shell(`'${LAUNCHER}' scan orders.csv --checks checks.yaml -o owed.json 2>&1 | true; echo "\${PIPESTATUS[0]}"`);
    assert.deepEqual([owed.stdout.trim(), existsSync(path("owed.json"))], ["1", true]);
    assert.equal(existsSync(path("core")), false);
  });
});
