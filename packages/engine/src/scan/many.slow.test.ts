/** Very many checks, and very many fields. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { field, ge, gt, num, sub } from "@touchstone/core/expr/expr";
import { Field } from "@touchstone/core/model/field";
import { runTasks } from "./run.ts";
import { OPTIONS, ROWS, id, openOrders, row } from "./orders-fixture.ts";

const orders = await openOrders(["files"]);
after(orders.close);
const datastore = orders.datastores.files!;

void test("10 000 checks that all fail on all rows: bounded evidence, exact counts", async () => {
  const tasks = Array.from({ length: 10_000 }, (_, i) => row(ge(id, sub(num(0), num(i)))));
  const { checks, anomalies, passes } = await orders.scan(tasks);
  assert.equal(checks.filter((each) => each.status === "failed" && each.anomalous_records === ROWS).length, 10_000);
  assert.equal(anomalies.filter((each) => each.type === "record").length, 3);
  assert.deepEqual(
    passes.map(({ kind }) => kind),
    [...Array.from({ length: 17 }, () => "shared"), "capture"],
  );
});

void test("5 000 fields, a check on each", async () => {
  const fields = Array.from({ length: 5_000 }, (_, i) => field(`c${i}`, "Integral"));
  const container = {
    ...orders.container("files"),
    name: "wide",
    fields: fields.map(({ name }) => Field.parse({ name, field_type: "Integral" })),
    incremental_field: null,
  };
  const from = `(SELECT ${fields.map(({ name }, i) => `r + ${i} AS ${name}`).join(", ")} FROM range(100) AS t(r))`;
  const relation = {
    from,
    rowId: "c0",
    rowsIn: (ids: readonly bigint[]) => `c0 IN (${ids.join(", ")})`,
    rowNumber: "c0 + 1",
    partition: null,
    records: 100,
  };
  const { checks, anomalies } = await runTasks(
    datastore,
    container,
    relation,
    fields.map((each) => row(gt(each, num(5_097)))),
    OPTIONS,
  );
  assert.deepEqual([checks.filter((each) => each.status === "failed").length, checks.at(-1)!.anomalous_records], [1, 1]);
  assert.deepEqual(
    anomalies.map((each) => [each.row, Object.keys(each.record!).length]),
    [[100, 5_000]],
  );
});
