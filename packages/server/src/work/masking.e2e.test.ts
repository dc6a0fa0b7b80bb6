/** A field that becomes masked after it was profiled and scanned: what was told of its values is forgotten, wherever it stands. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { DuckDBInstance } from "@duckdb/node-api";
import { runDataplane } from "@touchstone/engine/worker/loop";
import { addDatastore, embeddedBy, runOperation, wholeStore } from "../trial/dataplane.ts";
import { openTrial, type Trial } from "../trial/trial.ts";

let trial: Trial;
let folder: string;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), "touchstone-masking-"));
  trial = await openTrial({ dataplane: embeddedBy(runDataplane) });
});
after(async () => {
  await trial.close();
  rmSync(folder, { recursive: true, force: true });
});

const CANARY = "zq7-canary";

/** Tables in which the values of the field stand. */
const shownIn = async (): Promise<string[]> =>
  [...(await wholeStore(trial))]
    .filter(([, text]) => text.includes(CANARY))
    .map(([table]) => table)
    .sort();

test("what statistics, messages and evidence say of it is gone, also in what is computed from its container", async () => {
  const { db } = trial.store;
  const instance = await DuckDBInstance.create(join(folder, "shop.duckdb"));
  const connection = await instance.connect();
  await connection.run(
    `CREATE TABLE people AS SELECT i AS id, CASE WHEN i % 20 = 0 THEN 'other' ELSE '${CANARY}-' || (i % 4) END AS city, i % 7 AS grade FROM range(200) t(i)`,
  );
  connection.closeSync();
  instance.closeSync();
  const id = await addDatastore(trial, "shop", join(folder, "shop.duckdb"), { type: "duckdb" });
  await runOperation(trial, "sync", id);
  const made = await trial.ask("POST", "/containers", {
    body: {
      container_type: "computed_table",
      name: "cities",
      datastore_id: id,
      query: "SELECT city AS place, count(*) AS n FROM people GROUP BY 1",
    },
  });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  await runOperation(trial, "profile", id, { ai_effort: "max" });
  const idOf = async (name: string) =>
    (await db.selectFrom("container").where("name", "=", name).select("id").executeTakeFirstOrThrow()).id;
  const [people, cities] = [await idOf("people"), await idOf("cities")];
  const checks: [containerId: number, rule: string, fields: string[], properties: object][] = [
    [people, "expectedValues", ["city"], { list: ["other"] }],
    [people, "satisfiesExpression", ["city", "grade"], { expression: "city = 'other' OR grade < 6" }],
    [people, "maxValue", ["grade"], { value: 5 }],
    [cities, "expectedValues", ["place"], { list: ["other"] }],
  ];
  for (const [container_id, rule_type, fields, properties] of checks)
    await db
      .insertInto("check")
      .values({
        container_id,
        uid: rule_type + fields.join(),
        rule_type,
        fields: JSON.stringify(fields),
        properties: JSON.stringify(properties),
      })
      .execute();
  const scanned = await runOperation(trial, "scan", id);
  assert.deepEqual([scanned.result, scanned.message], ["success", null]);
  assert.deepEqual(
    (await shownIn()).filter((table) => !table.startsWith("public.check")),
    ["public.anomaly", "public.failed_check", "public.field_profile"],
  );
  const field = await db
    .selectFrom("field")
    .where("container_id", "=", people)
    .where("name", "=", "city")
    .select("id")
    .executeTakeFirstOrThrow();
  assert.equal((await trial.ask("PATCH", `/fields/${field.id}`, { body: { status: "Masked" } })).status, 200);
  // Lists and bounds of checks are what is asked of the data, and stay.
  assert.deepEqual(
    (await shownIn()).filter((table) => table !== "public.check"),
    [],
  );
  const evidence = await db.selectFrom("check").where("evidence", "is not", null).select("evidence").execute();
  assert.ok(!JSON.stringify(evidence).includes(CANARY));
  const messages = (await db.selectFrom("anomaly").where("container_id", "=", people).select(["message", "fields"]).execute()).map(
    ({ message }) => message,
  );
  assert.ok(messages.some((message) => message === "city is masked: what was found is not said"));
  assert.ok(
    messages.some((message) => message.includes("grade") && !message.includes("is masked")),
    "what it does not concern stays",
  );
  const after = await runOperation(trial, "scan", id, { container_names: ["cities"] });
  assert.match(after.message ?? "", /city/);
  assert.deepEqual(
    (await shownIn()).filter((table) => table !== "public.check"),
    [],
  );
  assert.deepEqual(trial.thrown, []);
});
