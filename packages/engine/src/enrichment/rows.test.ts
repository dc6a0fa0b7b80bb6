import assert from "node:assert/strict";
import { test } from "node:test";
import type { ContainerReport } from "@touchstone/core/model/report";
import { decimal } from "./kind.ts";
import { describeWrite } from "./rows.ts";
import { recordAnomaly, sampleCheck, sampleContainer, sampleOperation, shapeAnomaly } from "./sample-report.ts";
import type { TableName } from "./tables.ts";
import type { EnrichmentOperation, TableRows } from "./write.ts";

type Line = Record<string, string | null>;

const named = ({ columns, rows }: TableRows): Line[] =>
  [...rows()].map((row) => Object.fromEntries(columns.map(({ name }, i) => [name, row[i] ?? null])));

const rowsOf = (name: TableName, containers: readonly ContainerReport[], operation: Partial<EnrichmentOperation> = {}): Line[] =>
  named(describeWrite(sampleOperation(operation), "_p", containers).tables.find((table) => table.name === name)!);

const orders = sampleContainer(
  "orders",
  [
    ["id", "Integral"],
    ["amount", "Fractional"],
  ],
  [
    recordAnomaly("f1", { id: 1, amount: 12 }, ["orders__between__amount", "orders__positive__amount"]),
    shapeAnomaly("f2", 40, [
      { id: 2, amount: 1 },
      { id: 2, amount: 3 },
    ]),
  ],
);

test("failed_checks: one row per anomaly and failed check", () => {
  const rows = rowsOf("failed_checks", [orders]);
  assert.equal(rows.length, 3);
  const first = rows[0]!;
  assert.deepEqual(
    { ...first, anomaly_uuid: null },
    {
      quality_check_id: "orders__between__amount",
      anomaly_uuid: null,
      quality_check_message: "orders__between__amount does not hold",
      suggested_remediation_field: null,
      suggested_remediation_value: null,
      suggested_remediation_score: null,
      quality_check_rule_type: "between",
      quality_check_tags: '["money"]',
      quality_check_parameters: '{"coverage":1,"filter":null,"properties":{"min":0,"max":9}}',
      quality_check_description: "amount stays within its range",
      quality_check_metadata: '{"inferred":true,"evidence":null}',
      quality_check_fields: '["amount"]',
      anomalous_records_count: "1",
      operation_id: "run-1",
      detected_time: "2031-02-01 10:00:07.250",
      source_container: "orders",
      source_partition: "orders.csv",
      source_datastore: "Sales EU",
      fingerprint: "f1",
    },
  );
  assert.equal(rows[1]!["anomaly_uuid"], first["anomaly_uuid"]);
  assert.equal(rows[2]!["anomalous_records_count"], "40");
});

test("source_records: the row of a record anomaly, the examples of a shape anomaly, each with its reason", () => {
  assert.deepEqual(
    rowsOf("source_records", [orders]).map(({ context, record, source_partition }) => [context, record, source_partition]),
    [
      ["record 17 breaks between(amount), between(amount)", '{"id":1,"amount":12}', "orders.csv"],
      ["record 1, example 1 of 2 for 40 anomalous records of unique(id)", '{"id":2,"amount":1}', null],
      ["record 2, example 2 of 2 for 40 anomalous records of unique(id)", '{"id":2,"amount":3}', null],
    ],
  );
});

test("source_records keeps the lines that are no records", () => {
  const broken = sampleContainer("orders", [["id", "Integral"]], [], {
    rejected_lines: 1,
    rejected_examples: [{ partition: "a.csv", line: 9, field: "id", reason: "too few fields" }],
  });
  assert.deepEqual(
    rowsOf("source_records", [broken]).map(({ context, anomaly_uuid, operation_id }) => [context, anomaly_uuid, operation_id]),
    [["rejected line 9: not read as a record", null, "run-1"]],
  );
});

test("scan_operations: one row per container, with the error of one that failed", () => {
  const error = { code: "SOURCE_UNREADABLE", what: "orders could not be read", why: "it is cut off", todo: "" };
  const failed = sampleContainer("broken", [], [], { result: "failure", error, checks: [] });
  const rows = rowsOf("scan_operations", [orders, failed], { sourceRecordLimit: null, incremental: true });
  assert.deepEqual(
    rows.map((row) => [
      row["container_id"],
      row["datastore_id"],
      row["anomaly_count"],
      row["result"],
      row["message"],
      row["enrichment_source_record_limit"],
      row["incremental"],
    ]),
    [
      ["orders", "sales_eu", "2", "success", null, null, "true"],
      ["broken", "sales_eu", "0", "failure", "SOURCE_UNREADABLE: orders could not be read: it is cut off", null, "true"],
    ],
  );
});

test("check_metrics: passed, failed and unasserted checks", () => {
  const error = { code: "NOT_SUPPORTED", what: "x", why: "y", todo: "z" };
  const checks = [
    sampleCheck("a", { measured: 12.5 }),
    sampleCheck("b", { status: "unasserted", asserted_records: null, anomalous_records: null, message: null, error }),
  ];
  const rows = rowsOf("check_metrics", [sampleContainer("orders", [], [], { checks })]);
  assert.deepEqual(
    rows.map((row) => [row["quality_check_id"], row["assertion_result"], row["asserted_records_count"], row["anomalous_records_count"]]),
    [
      ["a", "failed", "100", "1"],
      ["b", "unasserted", null, null],
    ],
  );
  assert.equal(JSON.parse(rows[0]!["assertion_details"]!).measured, 12.5);
  assert.equal(JSON.parse(rows[1]!["assertion_details"]!).error.code, "NOT_SUPPORTED");
});

test("the same operation gives the same rows; another gives other ids; equal fingerprints stay apart", () => {
  const twins = sampleContainer("orders", [["id", "Integral"]], [recordAnomaly("f", { id: 1 }), recordAnomaly("f", { id: 1 })]);
  const ids = (id: string): (string | null)[] => rowsOf("failed_checks", [twins], { id }).map((row) => row["anomaly_uuid"] ?? null);
  assert.deepEqual(ids("a"), ids("a"));
  assert.equal(new Set([...ids("a"), ...ids("b")]).size, 4);
});

const remediation = (container: ContainerReport, operation: Partial<EnrichmentOperation> = {}): TableRows | undefined =>
  describeWrite(sampleOperation(operation), "_p", [container]).remediation[0];

test("remediation: the source's fields typed by field and value, and our columns", () => {
  const odd = sampleContainer(
    "Orders EU",
    [
      ["id", "Integral"],
      ["ID", "Integral"],
      ["anomaly_uuid", "String"],
      ["secret", "Integral"],
      ["big", "Integral"],
      ["price", "Fractional", "DECIMAL(18,3)"],
      ["list", "Array"],
    ],
    [
      recordAnomaly("f", {
        id: 1,
        ID: 2,
        anomaly_uuid: "own",
        secret: "***MASKED***",
        big: "9223372036854775808",
        price: "1.100",
        list: [1, 2],
      }),
    ],
  );
  const table = remediation(odd)!;
  assert.equal(table.table, "_p_remediation_orders_eu");
  assert.deepEqual(
    table.columns.map(({ name, kind }) => [name, kind]),
    [
      ["id", { kind: "bigint" }],
      ["ID_2", { kind: "bigint" }],
      ["anomaly_uuid_2", { kind: "text" }],
      ["secret", { kind: "text" }],
      ["big", decimal(19, 0)],
      ["price", decimal(15, 3)],
      ["list", { kind: "text" }],
      ["source_partition", { kind: "text" }],
      ["anomaly_uuid", { kind: "text" }],
      ["enrichment_operation_id", { kind: "text" }],
    ],
  );
  const [row] = named(table);
  assert.deepEqual(
    [row!["secret"], row!["list"], row!["price"], row!["anomaly_uuid_2"], row!["source_partition"]],
    ["***MASKED***", "[1,2]", "1.100", "own", "orders.csv"],
  );
});

test("remediation: none when not asked for, and never from a scan that failed", () => {
  assert.equal(remediation(orders, { remediation: "none" }), undefined);
  assert.equal(remediation({ ...orders, result: "failure" }, { remediation: "overwrite" }), undefined);
  assert.equal([...remediation(orders)!.rows()].length, 3);
});

test("comparisons: the context says which side a record is of; remediation takes the source's own only", () => {
  const sides = ["added", "removed", "changed"].map((_difference, i) => ({
    id: _difference === "added" ? null : i,
    _difference,
    _reference: { id: 9 },
  }));
  const compared = sampleContainer("orders", [["id", "Integral"]], [shapeAnomaly("f", 3, sides)]);
  assert.deepEqual(
    rowsOf("source_records", [compared]).map(({ context }) => context!.split("; ")[1]),
    [
      "added: only the reference has it, under _reference",
      "removed: the reference lacks it",
      "changed: the reference's values stand under _reference",
    ],
  );
  assert.deepEqual(
    named(remediation(compared)!).map(({ id }) => id),
    ["1", "2"],
  );
});
