/** Fields, computed fields and their statistics over the API. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { API } from "@touchstone/core/routes/index";
import { saidBy } from "../trial/refusals.ts";
import { openTrial, type Trial } from "../trial/trial.ts";
import { insertAnomaly, insertCheck, insertContainer, insertDatastore, insertProfile, insertTeam } from "../trial/objects.ts";

let trial: Trial;
let datastore: number;
before(async () => {
  trial = await openTrial();
  datastore = await insertDatastore(trial.store.db, "Shop");
});
after(() => trial.close());

type Ask = [method: string, path: string, body?: object, as?: string];
const codeOf = async (...[method, path, body, as]: Ask): Promise<string> =>
  saidBy(await trial.ask(method, path, { body, ...(as === undefined ? {} : { as }) }));
const read = (id: number | undefined) => trial.got(API.fields.get, `/fields/${id}`);
const change = (id: number | undefined, body: object) => trial.got(API.fields.change, `/fields/${id}`, { body });
const compute = (body: object) => trial.got(API.computedFields.create, "/computed-fields", { body });
const statisticsOf = async (id: number) => (await trial.got(API.fields.statistics, `/containers/${id}/field-profiles`)).items;

let containers = 0;
const container = () =>
  insertContainer(trial.store.db, datastore, `orders ${++containers}`, {
    id: "Integral",
    email: "String",
    placed: "Timestamp",
    total: "Fractional",
    address: "Struct",
    "address.city": "String",
  });
const statusOf = async (check: number) => {
  const row = trial.store.db.selectFrom("check").where("id", "=", check).select(["status", "properties"]);
  return row.executeTakeFirstOrThrow();
};

test("a masked field shows no value, not even of profiles made before", async () => {
  const { id, fields } = await container();
  const profile = {
    records: 100,
    completeness: 0.9,
    distinct_count: 80,
    min: "ada@",
    max: "zoe@",
    top_values: [{ value: "ada@", count: 2, ratio: 0.02 }],
  };
  await insertProfile(trial.store.db, id, { [fields["email"]!]: profile, [fields["total"]!]: { mean: 3, min: 1 } });
  const [email] = await statisticsOf(id);
  assert.deepEqual(
    [email!.name, email!.completeness, email!.approximate_distinct_values, email!.min, email!.histogram_buckets],
    ["email", 0.9, 80, "ada@", [{ value: "ada@", count: 2, ratio: 0.02 }]],
  );
  assert.equal((await change(fields["email"], { status: "Masked" })).status, "Masked");
  const [masked, total] = await statisticsOf(id);
  assert.deepEqual([masked!.completeness, masked!.min, masked!.max, masked!.histogram_buckets], [0.9, null, null, []]);
  assert.equal(total!.mean, 3);
  const kept = JSON.stringify(await trial.store.db.selectFrom("field_profile").selectAll().execute());
  assert.ok(!kept.includes("ada@") && !kept.includes("zoe@"));
  assert.equal((await change(fields["email"], { status: "Active" })).status, "Active");
});

test("an excluded field takes its checks with it, and expected schemas forget it; they do not come back", async () => {
  const { id, fields } = await container();
  const { db } = trial.store;
  const own = await insertCheck(db, id, { rule_type: "notNull", fields: ["total", "id"] });
  const pair = await insertCheck(db, id, { rule_type: "lessThanField", fields: ["id"], properties: { field_name: "total" } });
  const elsewhere = await insertCheck(db, id, { rule_type: "existsIn", fields: ["id"], properties: { field_name: "total" } });
  const schema = await insertCheck(db, id, { rule_type: "expectedSchema", properties: { list: ["id", { name: "total" }, "email"] } });
  await change(fields["total"], { status: "Excluded" });
  assert.deepEqual(
    [(await statusOf(own)).status, (await statusOf(pair)).status, (await statusOf(elsewhere)).status],
    ["Discarded", "Discarded", "Active"],
  );
  assert.deepEqual((await statusOf(schema)).properties, { list: ["id", "email"] });
  const names = async (query = "") => (await trial.got(API.fields.list, `/containers/${id}/fields${query}`)).map(({ name }) => name);
  assert.ok(!(await names()).includes("total"));
  assert.deepEqual(await names("?status=Excluded"), ["total"]);
  await change(fields["total"], { status: "Active", description: "with tax", tags: ["money"] });
  assert.equal((await statusOf(own)).status, "Discarded");
  const { description, global_tags } = await read(fields["total"]);
  assert.deepEqual([description, global_tags.map(({ name }) => name)], ["with tax", ["money"]]);
});

test("computed fields: the four transformations, and what each needs", async () => {
  const { id, fields } = await container();
  const input = (name: string, transformation: string, source_fields: unknown, properties: unknown) => ({
    name,
    container_id: id,
    transformation,
    source_fields,
    properties,
  });
  const cast = await compute(input("day", "cast", ["placed"], { target_type: "Date", format: null }));
  assert.deepEqual([cast.field_type, cast.source_fields, cast.transformation], ["Date", ["placed"], "cast"]);
  const cleaned = await compute(input("firm", "cleanedEntityName", [{ name: "EMAIL" }], { terms_to_drop: ["gmbh"] }));
  assert.deepEqual([cleaned.source_fields, cleaned.field_type], [["email"], "String"]);
  assert.equal((await compute(input("n", "convertFormattedNumeric", ["email"], null))).field_type, "Fractional");
  const custom = await compute(input("twice", "customExpression", null, { column_expression: "total * 2 + id" }));
  assert.deepEqual([custom.source_fields, custom.field_type], [["total", "id"], "Fractional"]);
  const changed = await trial.got(API.computedFields.update, `/computed-fields/${custom.id}`, {
    body: { ...custom, properties: { column_expression: "total > 2" } },
  });
  assert.deepEqual([changed.source_fields, changed.field_type, changed.container_id], [["total"], "Boolean", id]);
  const { computed_fields } = await trial.got(API.containers.get, `/containers/${id}`);
  assert.deepEqual(
    computed_fields.map(({ name }) => name),
    ["day", "firm", "n", "twice"],
  );
  const cases: { name: string; body: object; code: string }[] = [
    { name: "a name of another field", body: input("ID", "cast", ["id"], { target_type: "String" }), code: "409 OBJECT_EXISTS" },
    { name: "an unknown source", body: input("x", "cast", ["idd"], { target_type: "String" }), code: "422 FIELD_UNKNOWN" },
    { name: "a computed source", body: input("x", "cast", ["day"], { target_type: "String" }), code: "422 FIELD_UNKNOWN" },
    { name: "two sources", body: input("x", "cast", ["id", "email"], { target_type: "String" }), code: "422 REQUEST_INVALID" },
    { name: "an unknown type", body: input("x", "cast", ["id"], { target_type: "Money" }), code: "422 REQUEST_INVALID" },
    { name: "a number as a name", body: input("x", "cleanedEntityName", ["total"], {}), code: "422 FIELD_TYPE_WRONG" },
    { name: "no expression", body: input("x", "customExpression", null, null), code: "422 REQUEST_INVALID" },
    {
      name: "half an expression",
      body: input("x", "customExpression", null, { column_expression: "total *" }),
      code: "422 EXPRESSION_INVALID",
    },
    { name: "an expression over nothing", body: input("x", "customExpression", null, { column_expression: "nope + 1" }), code: "422" },
    {
      name: "an aggregate",
      body: input("x", "customExpression", null, { column_expression: "SUM(total)" }),
      code: "422 EXPRESSION_INVALID",
    },
    { name: "an unknown transformation", body: input("x", "magic", ["id"], {}), code: "422 REQUEST_INVALID" },
    {
      name: "an unknown container",
      body: { ...input("x", "cast", ["id"], { target_type: "String" }), container_id: 999999 },
      code: "404 OBJECT_UNKNOWN",
    },
  ];
  for (const { name, body, code } of cases) assert.ok((await codeOf("POST", "/computed-fields", body)).startsWith(code), name);
  await insertCheck(trial.store.db, id, { rule_type: "notNull", fields: ["twice"] });
  assert.equal(await codeOf("DELETE", `/computed-fields/${custom.id}`), "409 OBJECT_IN_USE");
  assert.equal(await codeOf("PUT", `/computed-fields/${custom.id}`, { ...custom, name: "thrice" }), "409 OBJECT_IN_USE");
  assert.equal(await codeOf("DELETE", `/computed-fields/${cast.id}`), "204");
  assert.equal(await codeOf("DELETE", `/computed-fields/${fields["id"]}`), "404 OBJECT_UNKNOWN");
});

test("what is computed from a masked field is masked with it", async () => {
  const { id, fields } = await container();
  const body = (name: string, column_expression: string) => ({
    name,
    container_id: id,
    transformation: "customExpression",
    properties: { column_expression },
  });
  const before = await compute(body("domain", "UPPER(email)"));
  await change(fields["email"], { status: "Masked" });
  const after = await compute(body("domain 2", "LOWER(email)"));
  for (const { id: computed } of [before, after]) assert.equal((await read(computed)).status, "Masked");
  assert.equal(await codeOf("PATCH", `/fields/${before.id}`, { status: "Active" }), "409 OBJECT_STATE_WRONG");
  assert.equal(await codeOf("PATCH", `/fields/${fields["email"]}`, { status: "Excluded" }), "409 OBJECT_IN_USE");
});

test("profiles of a container over time", async () => {
  const [{ id, fields }, other] = [await container(), await container()];
  assert.deepEqual(await statisticsOf(id), []);
  await insertProfile(trial.store.db, id, { [fields["id"]!]: { min: 1 } });
  const newest = await insertProfile(trial.store.db, id, { [fields["id"]!]: { min: 2 }, [fields["total"]!]: {} });
  const listed = await trial.got(API.profiles.list, `/containers/${id}/profiles`);
  assert.deepEqual(
    [listed.total, listed.items[0]!.id, listed.items[0]!.field_profiles_count, listed.items[0]!.records_count],
    [2, newest, 2, 100],
  );
  const one = await trial.got(API.profiles.get, `/containers/${id}/profiles/${newest}`);
  assert.deepEqual(
    one.fields.map(({ name, min }) => [name, min]),
    [
      ["id", 2],
      ["total", null],
    ],
  );
  assert.equal((await statisticsOf(id))[0]!.min, 2);
  assert.equal(await codeOf("GET", `/containers/${other.id}/profiles/${newest}`), "404 OBJECT_UNKNOWN");
});

test("who may, and what is refused", async () => {
  const { id, fields } = await container();
  const { db } = trial.store;
  const settings = {
    container_type: "table",
    incremental_field_name: "placed",
    partition_field: "id",
    group_by_fields: [["email"]],
  };
  await trial.got(API.containers.update, `/containers/${id}`, { body: settings });
  const computed = await compute({
    name: "c",
    container_id: id,
    transformation: "customExpression",
    properties: { column_expression: "1" },
  });
  await insertAnomaly(db, id, ["address"]);
  const [author, editor] = [await trial.user("Member"), await trial.user("Member")];
  await insertTeam(db, "authors", "Author", [author.id], [datastore]);
  await insertTeam(db, "editors", "Editor", [editor.id], [datastore]);
  const set = (name: string, status: string, as?: string): Ask => [
    "PATCH",
    `/fields/${name === "c" ? computed.id : fields[name]}`,
    { status },
    as,
  ];
  const missing = async () =>
    db.updateTable("field").set({ status: "Missing" }).where("name", "in", ["total", "address"]).where("container_id", "=", id).execute();
  const cases: { name: string; ask: Ask; code: string }[] = [
    { name: "by an author", ask: set("total", "Masked", author.token), code: "403 NOT_ALLOWED" },
    { name: "by an editor", ask: set("total", "Masked", editor.token), code: "200" },
    { name: "the incremental field masked", ask: set("placed", "Masked"), code: "409 OBJECT_STATE_WRONG" },
    { name: "the partition field excluded", ask: set("id", "Excluded"), code: "409 OBJECT_STATE_WRONG" },
    { name: "a group field masked", ask: set("email", "Masked"), code: "409 OBJECT_STATE_WRONG" },
    { name: "a computed field excluded", ask: set("c", "Excluded"), code: "409 OBJECT_STATE_WRONG" },
    { name: "a computed field masked", ask: set("c", "Masked"), code: "200" },
    { name: "a part excluded", ask: set("address.city", "Excluded"), code: "409 OBJECT_STATE_WRONG" },
    { name: "missing by hand", ask: set("total", "Missing"), code: "422 REQUEST_INVALID" },
    { name: "deleted though it is there", ask: ["DELETE", `/fields/${fields["total"]}`], code: "409 OBJECT_STATE_WRONG" },
  ];
  for (const { name, ask: question, code } of cases) assert.equal(await codeOf(...question), code, name);
  await missing();
  const later: { name: string; ask: Ask; code: string }[] = [
    { name: "active though it is missing", ask: set("total", "Active"), code: "409 OBJECT_STATE_WRONG" },
    { name: "excluded though it is missing", ask: set("total", "Excluded"), code: "409 OBJECT_STATE_WRONG" },
    { name: "deleted though an anomaly is about it", ask: ["DELETE", `/fields/${fields["address"]}`], code: "409 OBJECT_IN_USE" },
    { name: "deleted", ask: ["DELETE", `/fields/${fields["total"]}`], code: "204" },
    { name: "gone", ask: ["GET", `/fields/${fields["total"]}`], code: "404 OBJECT_UNKNOWN" },
  ];
  for (const { name, ask: question, code } of later) assert.equal(await codeOf(...question), code, name);
  assert.deepEqual(trial.thrown, []);
});
