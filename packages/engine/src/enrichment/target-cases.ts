/** What every target must do, as cases that run on each of them: the tests of the targets say how to read back. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { toErrorInfo, userError } from "@touchstone/core/errors";
import type { ErrorCode } from "@touchstone/core/errors";
import type { ContainerReport } from "@touchstone/core/model/report";
import { BIGINT, TEXT } from "./kind.ts";
import type { Column } from "./kind.ts";
import type { Batch } from "./replacement.ts";
import { describeWrite } from "./rows.ts";
import { recordAnomaly, sampleContainer, sampleOperation, shapeAnomaly } from "./sample-report.ts";
import type { SampleField } from "./sample-report.ts";
import type { EnrichmentTarget } from "./target.ts";
import type { EnrichmentOperation } from "./write.ts";

/** A fresh, empty place for tables. Values come back as text, as the engine prints them. */
export type Ground = {
  open: (prefix: string) => Promise<EnrichmentTarget>;
  /** All rows of a query, in which `{name}` stands for a table. */
  read: (sql: string) => Promise<(string | null)[][]>;
  /** A table of somebody else. */
  makeForeign: (table: string) => Promise<void>;
  /** Removes a column, as if an older version had made the table. */
  dropColumn: (table: string, column: string) => Promise<void>;
  close: () => Promise<void>;
};

const FIELDS: readonly SampleField[] = [
  ["id", "Integral"],
  ["name", "String"],
];

const orders = (ids: readonly number[]): ContainerReport =>
  sampleContainer(
    "orders",
    FIELDS,
    ids.map((id) => recordAnomaly(`f${id}`, { id, name: `n${id}` })),
  );

const write = (
  target: EnrichmentTarget,
  containers: readonly ContainerReport[],
  operation: Partial<EnrichmentOperation> = {},
): Promise<void> => target.write(describeWrite(sampleOperation(operation), target.prefix, containers));

/** Asserts that the work fails with the code. */
export const failsWith = async (code: ErrorCode, work: () => Promise<unknown>): Promise<string> => {
  try {
    await work();
  } catch (thrown) {
    const info = toErrorInfo(thrown);
    assert.equal(info.code, code, `${info.what}: ${info.why}`);
    return `${info.what}: ${info.why}`;
  }
  throw new assert.AssertionError({ message: `expected ${code}, but it succeeded` });
};

type Case = (ground: Ground) => Promise<void>;

const COUNTS = `SELECT (SELECT count(*) FROM {_p_failed_checks}), (SELECT count(*) FROM {_p_source_records}),
  (SELECT count(*) FROM {_p_scan_operations}), (SELECT count(*) FROM {_p_check_metrics}), (SELECT count(*) FROM {_p_remediation_orders})`;

const CASES: Record<string, Case> = {
  "the same operation again replaces what it wrote; another adds": async ({ open, read }) => {
    const target = await open("_p");
    await write(target, [orders([1, 2, 3])]);
    assert.deepEqual(await read(COUNTS), [["3", "3", "1", "2", "3"]]);
    await write(target, [orders([1, 2])]);
    assert.deepEqual(await read(COUNTS), [["2", "2", "1", "2", "2"]]);
    await write(await open("_p"), [orders([1, 2, 3])], { id: "run-2" });
    assert.deepEqual(await read(COUNTS), [["5", "5", "2", "4", "5"]]);
    assert.deepEqual(await read("SELECT count(DISTINCT anomaly_uuid) FROM {_p_failed_checks}"), [["5"]]);
  },

  "values arrive as they are: types, quotes, line ends, other scripts, NULL and empty": async ({ open, read }) => {
    const texts = ["", "'", '"', "\\", "$1", "a\nb\r\n", "☃ 注文 👩‍🚀", "-- /* */ ;", "NULL", "{}", ","];
    const rows = texts.map((name, i) => recordAnomaly(`f${i}`, { id: i, name }));
    await write(await open("_p"), [sampleContainer("orders", FIELDS, [...rows, recordAnomaly("null", { id: 99, name: null })])]);
    const back = await read("SELECT name FROM {_p_remediation_orders} ORDER BY id");
    assert.deepEqual(back, [...texts.map((name) => [name]), [null]]);
    const records = await read("SELECT record FROM {_p_source_records}");
    assert.deepEqual(records.map(([record]) => JSON.parse(record!).name as string | null).sort(), [...texts, null].sort());
    assert.deepEqual(
      await read("SELECT start_time, end_time, incremental, max_records_analyzed, anomaly_count FROM {_p_scan_operations}"),
      [["2031-02-01 10:00:00", "2031-02-01 10:00:07.25", "false", null, "12"]],
    );
  },

  "every field type is kept in its own": async ({ open, read }) => {
    const fields: SampleField[] = [
      ["whole", "Integral"],
      ["large", "Integral"],
      ["float", "Fractional", "DOUBLE"],
      ["price", "Fractional", "DECIMAL(18,3)"],
      ["flag", "Boolean"],
      ["day", "Date"],
      ["time", "Timestamp"],
      ["list", "Array"],
      ["secret", "Date"],
      ["odd \"name'.x", "String"],
    ];
    const record = {
      whole: -7,
      large: "123456789012345678901234567890",
      float: 0.1,
      price: "123456789012345.678",
      flag: true,
      day: "2031-02-01",
      time: "2031-02-01 10:00:00.5",
      list: [1, "a"],
      secret: "***MASKED***",
      "odd \"name'.x": "o",
    };
    await write(await open("_p"), [sampleContainer("orders", fields, [recordAnomaly("f", record)])]);
    assert.deepEqual(
      await read(
        `SELECT whole + 1, large + 1, "float" + 0, price, NOT flag, extract(year FROM day), extract(hour FROM "time"), list, secret, "odd ""name'.x" FROM {_p_remediation_orders}`,
      ),
      [["-6", "123456789012345678901234567891", "0.1", "123456789012345.678", "false", "2031", "10", '[1,"a"]', "***MASKED***", "o"]],
    );
  },

  "remediation overwrite rebuilds the table with the last scan's rows": async ({ open, read }) => {
    const target = await open("_p");
    await write(target, [orders([1, 2, 3])], { remediation: "overwrite" });
    await write(target, [orders([4])], { id: "run-2", remediation: "overwrite" });
    assert.deepEqual(await read("SELECT id FROM {_p_remediation_orders}"), [["4"]]);
    await write(target, [orders([])], { id: "run-3", remediation: "overwrite" });
    assert.deepEqual(await read("SELECT id FROM {_p_remediation_orders}"), []);
    assert.deepEqual(await read("SELECT count(*) FROM {_p_failed_checks}"), [["4"]]);
  },

  "remediation follows the source: new fields added, vanished NULL, changed types widened, nothing lost": async ({ open, read }) => {
    const target = await open("_p");
    const first: SampleField[] = [
      ["id", "Integral"],
      ["was", "Integral"],
      ["gone", "Date"],
    ];
    const second: SampleField[] = [
      ["id", "Integral"],
      ["was", "Timestamp"],
      ["fresh", "Boolean"],
    ];
    const third: SampleField[] = [
      ["id", "Integral"],
      ["was", "Integral"],
      ["fresh", "Boolean"],
    ];
    await write(target, [sampleContainer("orders", first, [recordAnomaly("a", { id: 1, was: 5, gone: "2031-02-01" })])]);
    await write(target, [sampleContainer("orders", second, [recordAnomaly("b", { id: 2, was: "2031-02-01 10:00:00", fresh: true })])], {
      id: "run-2",
    });
    await write(target, [sampleContainer("orders", third, [recordAnomaly("c", { id: "9223372036854775808", was: 6, fresh: false })])], {
      id: "run-3",
    });
    assert.deepEqual(await read("SELECT id, was, gone, fresh, id + 1 FROM {_p_remediation_orders} ORDER BY id"), [
      ["1", "5", "2031-02-01", null, "2"],
      ["2", "2031-02-01 10:00:00", null, "true", "3"],
      ["9223372036854775808", "6", null, "false", "9223372036854775809"],
    ]);
    await write(target, [sampleContainer("orders", first, [recordAnomaly("a", { id: 1, was: 5, gone: "2031-02-02" })])]);
    assert.deepEqual(await read("SELECT id, was, gone FROM {_p_remediation_orders} ORDER BY id"), [
      ["1", "5", "2031-02-02"],
      ["2", "2031-02-01 10:00:00", null],
      ["9223372036854775808", "6", null],
    ]);
  },

  "a rerun without remediation, or without the container, removes its remediation rows": async ({ open, read }) => {
    const target = await open("_p");
    await write(target, [orders([1, 2])]);
    await write(target, [orders([3])], { id: "run-2" });
    await write(target, [orders([1, 2])], { remediation: "none" });
    assert.deepEqual(await read("SELECT id FROM {_p_remediation_orders}"), [["3"]]);
  },

  "a table of an older version gets the columns it lacks": async ({ open, read, dropColumn }) => {
    const target = await open("_p");
    await write(target, [orders([1])]);
    await dropColumn("_p_failed_checks", "fingerprint");
    await dropColumn("_p_source_records", "operation_id");
    await dropColumn("_p_scan_operations", "message");
    await dropColumn("_p_check_metrics", "assertion_details");
    await write(await open("_p"), [orders([2])], { id: "run-2" });
    assert.deepEqual(await read("SELECT operation_id, fingerprint FROM {_p_failed_checks} ORDER BY 1"), [
      ["run-1", null],
      ["run-2", "f2"],
    ]);
    assert.deepEqual(await read("SELECT count(*), count(operation_id) FROM {_p_source_records}"), [["2", "1"]]);
  },

  "a table of somebody else is left alone, on opening and on writing": async ({ open, read, makeForeign }) => {
    await makeForeign("_p_check_metrics");
    await failsWith("TARGET_TABLE_FOREIGN", () => open("_p"));
    const target = await open("_q");
    await makeForeign("_q_remediation_orders");
    await failsWith("TARGET_TABLE_FOREIGN", () => write(target, [orders([1])]));
    await failsWith("TARGET_TABLE_FOREIGN", async () => {
      await makeForeign("_q_source_records");
      await write(target, [orders([1])], { remediation: "none" });
    });
    assert.deepEqual(await read("SELECT * FROM {_p_check_metrics}"), [["1"]]);
  },

  "prefixes do not see each other": async ({ open, read }) => {
    await write(await open("_p"), [orders([1])]);
    await write(await open("_q"), [orders([2])]);
    await write(await open("_q"), [orders([])]);
    assert.deepEqual(await read("SELECT record FROM {_p_source_records}"), [['{"id":1,"name":"n1"}']]);
  },

  "two writers at once both arrive": async ({ open, read }) => {
    const targets = await Promise.all(["run-1", "run-2", "run-3"].map(async (id) => ({ id, target: await open("_p") })));
    await Promise.all(targets.map(({ id, target }) => write(target, [orders([1, 2])], { id })));
    assert.deepEqual(await read(COUNTS), [["6", "6", "3", "6", "6"]]);
  },

  "an operation without findings leaves tables that can be read": async ({ open, read }) => {
    await write(await open("_p"), [orders([])]);
    assert.deepEqual(await read("SELECT count(*) FROM {_p_failed_checks}"), [["0"]]);
    assert.deepEqual(await read("SELECT count(*) FROM {_p_scan_operations}"), [["1"]]);
  },

  "an abort writes nothing": async ({ open, read }) => {
    const target = await open("_p");
    await write(target, [orders([1])]);
    const stop = new AbortController();
    stop.abort();
    await failsWith("ABORTED", () => target.write(describeWrite(sampleOperation(), "_p", [orders([1, 2])]), { signal: stop.signal }));
    assert.deepEqual(await read("SELECT count(*) FROM {_p_failed_checks}"), [["1"]]);
  },

  "many rows and a cell of ten megabytes": async ({ open, read }) => {
    const many = Array.from({ length: 5000 }, (_, id) => ({ id, name: `n${id}` }));
    const large = { id: 5000, name: "x".repeat(10_000_000) };
    await write(await open("_p"), [sampleContainer("orders", FIELDS, [shapeAnomaly("s", 5001, [...many, large])])]);
    assert.deepEqual(await read("SELECT count(*), count(DISTINCT id), max(length(name)) FROM {_p_remediation_orders}"), [
      ["5001", "5001", "10000000"],
    ]);
  },
};

const ID: Column = { name: "id", kind: BIGINT };
const NAME: Column = { name: "name", kind: TEXT };

/** Puts a table in its place; a batch that is an error is thrown. */
const put = (
  target: EnrichmentTarget,
  operationId: string,
  columns: readonly Column[],
  batches: readonly (Batch | Error)[],
): Promise<void> =>
  target.replace({
    operationId,
    table: "_p_mat_orders",
    columns,
    identity: ["name"],
    rows: async function* () {
      for (const batch of batches) {
        if (batch instanceof Error) throw batch;
        yield batch;
      }
    },
  });

const REPLACEMENT_CASES: Record<string, Case> = {
  "a table written whole takes the place of what it held, and follows its columns": async ({ open, read }) => {
    const target = await open("_p");
    await put(
      target,
      "run-1",
      [ID, NAME],
      [
        [
          ["1", "a"],
          ["2", null],
        ],
        [],
        [["3", "it's"]],
      ],
    );
    const all = "SELECT id, name FROM {_p_mat_orders} ORDER BY id";
    assert.deepEqual(await read(all), [
      ["1", "a"],
      ["2", null],
      ["3", "it's"],
    ]);
    await put(target, "run-2", [ID, NAME], [[["7", "z"]]]);
    assert.deepEqual(await read(all), [["7", "z"]]);
    await put(target, "run-2", [{ ...ID, kind: TEXT }, NAME, { name: "more", kind: BIGINT }], [[["x", "y", "5"]]]);
    assert.deepEqual(await read("SELECT id, name, more + 1 FROM {_p_mat_orders}"), [["x", "y", "6"]]);
    await put(target, "run-3", [ID, NAME], []);
    assert.deepEqual(await read("SELECT count(*) FROM {_p_mat_orders}"), [["0"]]);
  },

  "a table whose rows cannot be had stays as it was, and says why they cannot": async ({ open, read, makeForeign }) => {
    const target = await open("_p");
    await put(target, "run-1", [ID, NAME], [[["1", "a"]]]);
    const broken = userError("SOURCE_UNREADABLE", "orders", "it is torn");
    await failsWith("SOURCE_UNREADABLE", () => put(target, "run-2", [ID, NAME], [[["2", "b"]], broken]));
    await failsWith("TARGET_WRITE_FAILED", () => put(target, "run-2", [ID, NAME], [[["no number", "b"]]]));
    assert.deepEqual(await read("SELECT id, name FROM {_p_mat_orders}"), [["1", "a"]]);
    await makeForeign("_p_mat_people");
    await failsWith("TARGET_TABLE_FOREIGN", () =>
      target.replace({
        operationId: "run-2",
        table: "_p_mat_people",
        columns: [ID, NAME],
        identity: ["name"],
        rows: async function* () {},
      }),
    );
    assert.deepEqual(await read("SELECT * FROM {_p_mat_people}"), [["1"]]);
  },
};

/** Cases that show the most for their time; the others run in the slow suite. */
const FAST = [
  "the same operation again replaces what it wrote; another adds",
  "every field type is kept in its own",
  "a table of somebody else is left alone, on opening and on writing",
  ...Object.keys(REPLACEMENT_CASES),
];

/** Runs the cases, each on a ground of its own. */
export const targetCases = (kind: string, makeGround: () => Promise<Ground>, which: "fast" | "all" = "all"): void => {
  for (const [name, run] of Object.entries({ ...CASES, ...REPLACEMENT_CASES })) {
    if (which === "fast" && !FAST.includes(name)) continue;
    test(`${kind}: ${name}`, { timeout: CASE_TIMEOUT_MS }, async () => {
      const ground = await makeGround();
      try {
        await run(ground);
      } finally {
        await ground.close();
      }
    });
  }
};

const CASE_TIMEOUT_MS = 60_000;
