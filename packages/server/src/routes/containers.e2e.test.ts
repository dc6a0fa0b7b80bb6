/** Containers over the API: computed ones made and changed, fields dropped only when asked, rows looked at, versions kept. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { QUESTIONS } from "@touchstone/core/model/work";
import { API } from "@touchstone/core/routes/index";
import { openTrial, type Trial } from "../trial/trial.ts";
import { answering } from "../trial/answers.ts";
import { problemOf, saidBy } from "../trial/refusals.ts";
import { insertAnomaly, insertCheck, insertContainer, insertDatastore, insertTeam } from "../trial/objects.ts";

let trial: Trial;
let dataplane: ReturnType<typeof answering>;
let datastore: number;
let orders: { id: number; fields: Record<string, number> };
before(async () => {
  trial = await openTrial();
  dataplane = answering(trial);
  datastore = await insertDatastore(trial.store.db, "Shop");
  orders = await insertContainer(trial.store.db, datastore, "orders", {
    id: "Integral",
    email: "String",
    placed: "Timestamp",
    total: "Fractional",
  });
});
after(() => trial.close());

type Ask = [method: string, path: string, body?: object, as?: string];
const ask = (...[method, path, body, as]: Ask) => trial.ask(method, path, { body, ...(as === undefined ? {} : { as }) });
const codeOf = async (...question: Ask): Promise<string> => saidBy(await ask(...question));
const read = (id: number) => trial.got(API.containers.get, `/containers/${id}`);
const make = (body: object) => trial.got(API.containers.create, "/containers", { body });
const put = (id: number, body: object) => trial.got(API.containers.update, `/containers/${id}`, { body });
const historyOf = (id: number) => trial.got(API.containers.history, `/containers/${id}/history`);
const field = (name: string, field_type = "String") => ({ name, field_type, native_type: "text" });
const valid = (...names: string[]) => dataplane.answer("validate", { error: null, fields: names.map((name) => field(name)) });
const UNUSABLE = { error: { code: "QUERY_FAILED", what: "The query failed", why: "no such table", todo: "correct it" }, fields: [] };
const computedTable = (name: string) => ({ container_type: "computed_table", name, datastore_id: datastore, query: "SELECT a, b FROM t" });

test("before a dataplane is there, a computed table is made and finds its fields with its first profile", async () => {
  const made = await make({ ...computedTable("ct_early"), additional_metadata: { rule_id: "7" } });
  assert.deepEqual([made.query, made.metrics.fields, made.additional_metadata], ["SELECT a, b FROM t", 0, { rule_id: "7" }]);
  const operation = trial.store.db.selectFrom("operation").selectAll().orderBy("id", "desc").limit(1);
  const { type, request } = await operation.executeTakeFirstOrThrow();
  assert.deepEqual([type, request["container_names"]], ["profile", ["ct_early"]]);
  assert.equal(await codeOf("POST", "/containers/validate", { container: computedTable("x") }), "503 DATAPLANE_ABSENT");
});

test("a definition is tried before it is saved", async () => {
  dataplane.answer("validate", UNUSABLE);
  assert.equal(await codeOf("POST", "/containers/validate?timeout_seconds=9", { container: computedTable("x") }), "422 QUESTION_FAILED");
  assert.equal(await codeOf("POST", "/containers", computedTable("x")), "422 QUESTION_FAILED");
  assert.equal(dataplane.asked.at(-2)!.options?.timeoutSeconds, 9);
  valid("a", "b");
  assert.equal(await codeOf("POST", "/containers/validate", { container: computedTable("x") }), "204");
  const made = await make({ ...computedTable("ct_tried"), description: "tried", tags: ["daily"] });
  assert.deepEqual([made.metrics.fields, made.description, made.global_tags.map(({ name }) => name)], [2, "tried", ["daily"]]);
  const fields = await trial.got(API.fields.list, `/containers/${made.id}/fields`);
  assert.deepEqual(
    fields.map(({ name, position, status }) => [name, position, status]),
    [
      ["a", 0, "Active"],
      ["b", 1, "Active"],
    ],
  );
});

test("fields with checks or anomalies are dropped only when that is asked for", async () => {
  valid("a", "b", "c");
  const { id } = await make(computedTable("ct_drop"));
  const check = await insertCheck(trial.store.db, id, { rule_type: "notNull", fields: ["b"] });
  await insertAnomaly(trial.store.db, id, ["c"]);
  valid("a");
  const change = { container_type: "computed_table", name: "ct_drop", query: "SELECT a FROM t" };
  const refused = await ask("PUT", `/containers/${id}`, change);
  assert.deepEqual([refused.status, problemOf(refused).why], [409, "b, c"]);
  assert.equal((await read(id)).query, "SELECT a, b FROM t", "nothing was changed");
  await put(id, { ...change, force_drop_fields: true });
  assert.equal((await read(id)).metrics.fields, 1);
  const { status } = await trial.store.db.selectFrom("check").where("id", "=", check).select("status").executeTakeFirstOrThrow();
  assert.equal(status, "Discarded");
});

test("what a client reads it can send back, and every change is a version", async () => {
  valid("a");
  const made = await make(computedTable("ct_versions"));
  const asked = dataplane.asked.length;
  assert.deepEqual(await put(made.id, made), made);
  assert.equal(dataplane.asked.length, asked, "what is not changed is not tried again");
  await put(made.id, { container_type: "computed_table", query: "SELECT a FROM u", description: "new" });
  const history = await historyOf(made.id);
  assert.deepEqual(
    history.items.map(({ version, changeset, user }) => [version, changeset, user?.name]),
    [
      [2, { query: ["SELECT a, b FROM t", "SELECT a FROM u"], description: ["", "new"] }, "admin"],
      [
        1,
        { name: [null, "ct_versions"], description: [null, ""], query: [null, "SELECT a, b FROM t"], additional_metadata: [null, {}] },
        "admin",
      ],
    ],
  );
});

test("settings of a table name fields that can serve; null takes one away", async () => {
  const settings = { incremental_field_name: "placed", partition_field: "id", group_by_fields: [["email"]], infer_datatypes: false };
  const changed = await put(orders.id, { container_type: "table", ...settings });
  assert.deepEqual([changed.incremental_field_name, changed.group_by_fields, changed.infer_datatypes], ["placed", [["email"]], false]);
  const cleared = await put(orders.id, { container_type: "table", group_by_fields: null, partition_field: null });
  assert.deepEqual([cleared.incremental_field_name, cleared.group_by_fields, cleared.partition_field], ["placed", undefined, undefined]);
  const history = await historyOf(orders.id);
  assert.deepEqual([history.total, history.items.at(-1)!.user], [3, null], "the state that was found is the first version");
});

test("a join and a computed file are made of other containers, which stay while they are used", async () => {
  const { id: right } = await insertContainer(trial.store.db, datastore, "customers", { email: "String" });
  valid("left_id", "right_email");
  const join = {
    container_type: "computed_join",
    name: "ct_join",
    left_container_id: orders.id,
    right_container_id: right,
    left_join_field_name: "email",
    right_join_field_name: "email",
    select_clause: "*",
  };
  const made = await make(join);
  assert.deepEqual([made.join_type, made.left_prefix, made.datastore.id], ["inner", "left_", datastore]);
  const asked = QUESTIONS.validate.asked.parse(dataplane.asked.at(-1)?.question);
  assert.deepEqual([asked.definition["left_container_id"], asked.definition["right_container_id"]], [orders.id, right]);
  assert.equal(await codeOf("DELETE", `/containers/${right}`), "409 OBJECT_IN_USE");
  assert.equal(await codeOf("DELETE", `/containers/${made.id}`), "204");
  assert.equal(await codeOf("DELETE", `/containers/${right}`), "204");
  const file = {
    container_type: "computed_file",
    name: "cf",
    datastore_id: datastore,
    source_container_id: orders.id,
    select_clause: "id",
  };
  assert.equal((await make(file)).source_container_id, orders.id);
});

test("rows are shown without what is excluded, and a masked field cannot be asked about", async () => {
  const { id, fields } = await insertContainer(trial.store.db, datastore, "people", { id: "Integral", email: "String", pay: "Fractional" });
  await trial.got(API.fields.change, `/fields/${fields["email"]}`, { body: { status: "Masked" } });
  await trial.got(API.fields.change, `/fields/${fields["pay"]}`, { body: { status: "Excluded" } });
  dataplane.answer("preview", { error: null, fields: ["id", "email", "pay"], rows: [[1, "***", 9]], truncated: true });
  const seen = await trial.got(API.containers.preview, `/containers/${id}/preview?where=${encodeURIComponent("id > 0")}&limit=1`);
  assert.deepEqual(seen, { fields: ["id", "email"], rows: [[1, "***"]], truncated: true, masked_fields: ["email"] });
  assert.deepEqual(dataplane.asked.at(-1)?.question, { container: "people", where: "id > 0", rows_max: 1, masked: ["email"] });
  const cases = {
    "email = 'a'": "409 OBJECT_STATE_WRONG",
    "pay > 1": "422 EXPRESSION_INVALID",
    "1; DROP": "422 EXPRESSION_INVALID",
    id: "422 EXPRESSION_INVALID",
  };
  for (const [where, code] of Object.entries(cases))
    assert.equal(await codeOf("GET", `/containers/${id}/preview?where=${encodeURIComponent(where)}`), code, where);
});

test("lists filter; many containers are tagged and watched at once", async () => {
  const gone = await insertContainer(trial.store.db, datastore, "gone", {});
  await trial.store.db.updateTable("container").set({ removed_at: new Date() }).where("id", "=", gone.id).execute();
  const changes = [
    { id: orders.id, tags: ["Core"] },
    { id: gone.id, tags: [{ name: "Core" }], volumetric_tracking_enabled: true },
  ];
  await trial.got(API.containers.change, "/containers", { body: changes });
  const names = async (query: string) =>
    (await trial.got(API.containers.list, `/containers?datastore=${datastore}&${query}`)).items.map(({ name }) => name);
  assert.deepEqual(await names("tag=core"), ["orders"]);
  assert.deepEqual(await names("tag=core&archived=include"), ["gone", "orders"]);
  assert.deepEqual(await names("archived=only"), ["gone"]);
  assert.deepEqual(await names("container_type=computed_table&container_type=computed_file&search=ct_e"), ["ct_early"]);
  const listing = await trial.got(API.containers.listing, `/containers/listing?datastore=${datastore}&container_type=table`);
  assert.deepEqual(
    listing.map(({ name }) => name),
    ["orders", "people"],
  );
});

test("who may, and what is refused", async () => {
  const db = trial.store.db;
  const other = await insertDatastore(db, "Other");
  const foreign = await insertContainer(db, other, "secret", { id: "Integral" });
  const person = async (permission: string) => {
    const { id, token } = await trial.user("Member");
    await insertTeam(db, `${permission} ${id}`, permission, [id], [datastore]);
    return token;
  };
  const [reporter, drafter, author, editor] = [
    await person("Reporter"),
    await person("Drafter"),
    await person("Author"),
    await person("Editor"),
  ];
  const table = (more: object) => ({ container_type: "table", ...more });
  const path = `/containers/${orders.id}`;
  const join = { container_type: "computed_join", name: "j", left_join_field_name: "id", right_join_field_name: "id", select_clause: "*" };
  const cases: { name: string; ask: Ask; code: string }[] = [
    { name: "rows for a reporter", ask: ["GET", `${path}/preview`, undefined, reporter], code: "403 NOT_ALLOWED" },
    { name: "tags by a drafter", ask: ["PATCH", "/containers", [{ id: orders.id, tags: ["x"] }], drafter], code: "200" },
    {
      name: "tracking by a drafter",
      ask: ["PATCH", "/containers", [{ id: orders.id, freshness_tracking_enabled: true }], drafter],
      code: "403 NOT_ALLOWED",
    },
    {
      name: "one foreign among many",
      ask: [
        "PATCH",
        "/containers",
        [
          { id: orders.id, tags: [] },
          { id: foreign.id, tags: [] },
        ],
        editor,
      ],
      code: "404 OBJECT_UNKNOWN",
    },
    { name: "made by an author", ask: ["POST", "/containers", computedTable("x"), author], code: "403 NOT_ALLOWED" },
    {
      name: "made in a foreign datastore",
      ask: ["POST", "/containers", { ...computedTable("x"), datastore_id: other }, editor],
      code: "404 OBJECT_UNKNOWN",
    },
    {
      name: "joined with a foreign one",
      ask: ["POST", "/containers", { ...join, left_container_id: orders.id, right_container_id: foreign.id }, editor],
      code: "404 OBJECT_UNKNOWN",
    },
    {
      name: "read over a foreign one",
      ask: ["POST", "/containers", { ...join, query: "SELECT 1", sources: [{ container_id: foreign.id }] }, editor],
      code: "404 OBJECT_UNKNOWN",
    },
    {
      name: "a file over another datastore's",
      ask: [
        "POST",
        "/containers",
        { container_type: "computed_file", name: "f", datastore_id: datastore, source_container_id: foreign.id, select_clause: "id" },
      ],
      code: "422 REQUEST_INVALID",
    },
    { name: "half a join", ask: ["POST", "/containers", { ...join, left_container_id: orders.id }], code: "422 REQUEST_INVALID" },
    {
      name: "a table by hand",
      ask: ["POST", "/containers", { ...computedTable("x"), container_type: "table" }],
      code: "422 REQUEST_INVALID",
    },
    { name: "a name again", ask: ["POST", "/containers", computedTable("orders")], code: "409 OBJECT_EXISTS" },
    { name: "another kind", ask: ["PUT", path, { container_type: "view" }], code: "409 OBJECT_STATE_WRONG" },
    { name: "no kind", ask: ["PUT", path, { description: "x" }], code: "422 REQUEST_INVALID" },
    { name: "a field there is not", ask: ["PUT", path, table({ partition_field: "nope" })], code: "422 FIELD_UNKNOWN" },
    { name: "a text that grows", ask: ["PUT", path, table({ incremental_field_name: "email" })], code: "422 FIELD_TYPE_WRONG" },
    { name: "a foreign container", ask: ["GET", `/containers/${foreign.id}`, undefined, editor], code: "404 OBJECT_UNKNOWN" },
    { name: "a foreign listing", ask: ["GET", `/containers/listing?datastore=${other}`, undefined, editor], code: "404 OBJECT_UNKNOWN" },
    { name: "no datastore", ask: ["GET", "/containers/listing"], code: "422 REQUEST_INVALID" },
    { name: "too many rows", ask: ["GET", `${path}/preview?limit=1001`], code: "422 REQUEST_INVALID" },
    { name: "deleted by an author", ask: ["DELETE", path, undefined, author], code: "403 NOT_ALLOWED" },
    { name: "nothing to change", ask: ["PATCH", "/containers", []], code: "422 REQUEST_INVALID" },
  ];
  for (const { name, ask: question, code } of cases) assert.equal(await codeOf(...question), code, name);
  const { items } = await trial.got(API.containers.list, "/containers?size=1000", { as: editor });
  assert.ok(items.length > 0 && items.every((item) => item.datastore.id === datastore));
  assert.deepEqual(trial.thrown, []);
});
