/** Checks and anomalies over the API with a dataplane at work: from a sentence about the data to the rows that break it. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { runDataplane } from "@touchstone/engine/worker/loop";
import { openTrial, type StartDataplane, type Trial } from "../trial/trial.ts";

const embedded: StartDataplane = (send, code) => {
  const stop = new AbortController();
  const running = runDataplane({ send, code, version: "trial", signal: stop.signal, settings: { threads: 2 } });
  return {
    stop: async () => {
      stop.abort();
      await running;
    },
  };
};

let trial: Trial;
let folder: string;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), "touchstone-walk-"));
  mkdirSync(join(folder, "shop"));
  mkdirSync(join(folder, "evidence"));
  const orders = ["1,A,5.0,ann@example.org", "2,B,-3.5,bob@example.org", "3,Z,7.25,canary@example.org", "4,,1.0,"];
  writeFileSync(join(folder, "shop", "orders.csv"), `id,sku,price,email\n${orders.join("\n")}\n`);
  writeFileSync(join(folder, "shop", "products.csv"), "sku,live\nA,true\nB,false\n");
  trial = await openTrial({ dataplane: embedded });
});
after(async () => {
  await trial.close();
  rmSync(folder, { recursive: true, force: true });
});

const asked = async <T>(method: string, path: string, body?: unknown, status = 200): Promise<T> => {
  const answer = await trial.ask(method, path, body === undefined ? {} : { body });
  assert.equal(answer.status, status, `${method} ${path}: ${JSON.stringify(answer.body)}`);
  return answer.body as T;
};

const datastore = async (name: string, enrichment: number | null): Promise<number> => {
  const { db } = trial.store;
  const connection = await db
    .insertInto("connection")
    .values({ name, type: "files", settings: JSON.stringify({ uri: join(folder, name) }) })
    .returning("id")
    .executeTakeFirstOrThrow();
  const row = { name, connection_id: connection.id, enrichment_id: enrichment, enrichment_prefix: "_shop" };
  return (await db.insertInto("datastore").values(row).returning("id").executeTakeFirstOrThrow()).id;
};

const run = async (type: "sync" | "scan", datastore_id: number): Promise<void> => {
  const { id } = await asked<{ id: number }>("POST", "/operations/run", { type, datastore_id }, 201);
  for (;;) {
    const row = await trial.store.db.selectFrom("operation").where("id", "=", id).selectAll().executeTakeFirstOrThrow();
    if (row.finished_at === null) await trial.services.news.wait(200);
    else {
      assert.deepEqual([row.result, row.message], ["success", null]);
      return;
    }
  }
};

type DryRun = { status: string; anomalous_records: number; error: unknown; examples: { fields: string[]; rows: unknown[][] } };
type Anomaly = { id: number; fields: string[]; failed_checks: { quality_check: { id: number; version: number } }[] };

test("a check is tried, saved, scanned; its rows are shown, and hidden once their field is masked", async () => {
  const evidence = await datastore("evidence", null);
  const shop = await datastore("shop", evidence);
  await run("sync", shop);
  const containers = await asked<{ id: number; name: string }[]>("GET", `/containers/listing?datastore=${shop}`);
  const idOf = (name: string) => containers.find((container) => container.name === name)!.id;
  const positive = { container_id: idOf("orders"), rule: "notNegative", fields: ["price"], filter: "id < {{ last }}" };
  const tried = await asked<DryRun>("POST", "/quality-checks/dry-run", { ...positive, check_variables: { last: "9" } });
  assert.deepEqual([tried.status, tried.anomalous_records, tried.error], ["failed", 1, null]);
  assert.deepEqual(tried.examples.rows[0]?.[tried.examples.fields.indexOf("price")], -3.5);
  const links = {
    container_id: idOf("orders"),
    rule: "existsIn",
    fields: ["sku"],
    properties: { ref_container_id: idOf("products"), field_name: "sku" },
  };
  const { id: linked } = await asked<{ id: number }>("POST", "/quality-checks", { ...links, default_anomaly_assignee_id: 1 }, 201);
  const again = await asked<DryRun>("POST", `/quality-checks/${linked}/dry-run`, {});
  assert.deepEqual([again.status, again.anomalous_records], ["failed", 1]);
  await asked("POST", "/quality-checks", { ...positive, filter: null }, 201);
  await run("scan", shop);
  const { items } = await asked<{ items: Anomaly[] }>("GET", `/anomalies?quality_check=${linked}`);
  assert.deepEqual([items.length, items[0]?.fields, items[0]?.failed_checks[0]?.quality_check.version], [1, ["sku"], 1]);
  const path = `/anomalies/${items[0]!.id}/source-records`;
  const records = async (query: string) => {
    const { fields, rows } = await asked<{ fields: string[]; rows: unknown[][] }>("GET", `${path}${query}`);
    return rows.map((row) => row[fields.indexOf("email")]);
  };
  assert.deepEqual(await records(""), ["canary@example.org"]);
  await trial.store.db.updateTable("field").set({ status: "Masked" }).where("name", "=", "email").execute();
  assert.deepEqual(await records(""), ["***MASKED***"]);
  assert.deepEqual(await records("?unmask=true"), ["canary@example.org"]);
  const check = await asked<{ is_passing: boolean; anomaly_count: number }>("GET", `/quality-checks/${linked}`);
  assert.deepEqual([check.is_passing, check.anomaly_count], [false, 1]);
  const assertions = await asked<{ items: { status: string; asserted_records: number; anomalous_records: number }[] }>(
    "GET",
    `/quality-checks/${linked}/assertions`,
  );
  assert.deepEqual(
    assertions.items.map(({ status, asserted_records, anomalous_records }) => [status, asserted_records, anomalous_records]),
    [["failed", 4, 1]],
  );
  // Of the rows nothing stays in the store.
  const { items: lines } = await asked<{ items: unknown[] }>("GET", "/audit");
  assert.ok(!JSON.stringify([lines, await trial.store.db.selectFrom("question").selectAll().execute()]).includes("canary"));
  assert.deepEqual(trial.thrown, []);
});
