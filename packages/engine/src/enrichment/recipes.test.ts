/** The SQL of docs/enrichment.md, run as it stands there. */
import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { describeWrite, openTarget } from "./index.ts";
import { newFolder, targetOptions, texts, withEngine } from "./local-ground.ts";
import { recordAnomaly, sampleCheck, sampleContainer, sampleOperation } from "./sample-report.ts";

const document = readFileSync(new URL("../../../../docs/enrichment.md", import.meta.url), "utf8");
const recipes = [...document.matchAll(/```sql\n(.*?)```/gs)].map(([, sql]) => sql ?? "");
const recipe = (part: string): string => {
  const found = recipes.filter((sql) => sql.includes(part));
  assert.equal(found.length, 1, `one recipe with ${part}`);
  return found[0] ?? "";
};

const passed = sampleCheck("orders__between__amount", { status: "passed", anomalous_records: 0 });
const orders = (fingerprints: readonly string[]): ReturnType<typeof sampleContainer> =>
  sampleContainer(
    "orders",
    [["order_id", "Integral"]],
    fingerprints.map((fingerprint, i) => recordAnomaly(fingerprint, { order_id: i })),
    fingerprints.length === 0 ? { checks: [passed] } : {},
  );

test("the recipes of the documentation give what they say", async () => {
  const folder = newFolder();
  try {
    for (const target of [join(folder, "quality"), join(folder, "quality.duckdb")]) {
      const opened = await openTarget(target, { ...targetOptions("_sales"), source: "sales" });
      for (const [id, fingerprints, day] of [
        ["monday", ["a"], 1],
        ["tuesday", ["a", "b"], 2],
        ["wednesday", [], 3],
      ] as const) {
        const times = { startedAt: `2099-06-0${day}T10:00:00Z`, finishedAt: `2099-06-0${day}T10:01:00Z` };
        await opened.write(describeWrite(sampleOperation({ id, ...times }), "_sales", [orders(fingerprints)]));
      }
    }
    await withEngine(async (connection) => {
      const read = (sql: string): Promise<(string | null)[][]> => texts(connection, sql);
      assert.equal((await read(recipe("read_parquet").replace("quality/", `${folder}/quality/`))).length, 3);
      await connection.run(`ATTACH '${join(folder, "quality.duckdb")}' AS store`);
      await connection.run("CREATE TABLE orders AS SELECT range AS order_id FROM range(5); USE store");
      assert.deepEqual(await read(recipe("current_date - 7")), [["between", "3"]]);
      assert.equal((await read(recipe("records.context"))).length, 3);
      assert.deepEqual(await read(recipe("NOT IN (SELECT fingerprint")), [["b", "orders__between__amount does not hold"]]);
      assert.equal((await read(recipe("_sales_remediation_orders").replace("FROM orders", "FROM memory.orders"))).length, 3);
      assert.deepEqual(await read(recipe("may_load")), [["true"]]);
      await connection.run("DELETE FROM _sales_scan_operations WHERE operation_id = 'wednesday'");
      assert.deepEqual(await read(recipe("may_load")), [["false"]]);
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
