/** Anomalies over the API: lists, the states, who may do what, comments, history, and rows that only pass through. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { answering } from "../trial/answers.ts";
import { insertDatastore, insertOperation } from "../trial/objects.ts";
import { addAnomaly, addStock, type Found, type Stock } from "../trial/stock.ts";
import { openTrial, type Trial } from "../trial/trial.ts";

let trial: Trial;
let shop: Stock;
let other: Stock;
let prices: number;
let skus: number;
before(async () => {
  trial = await openTrial();
  shop = await addStock(trial, "shop");
  other = await addStock(trial, "other");
  prices = await newCheck({ rule: "between", fields: ["price"], properties: { min: 0, max: 9 }, tags: ["money"] });
  skus = await newCheck({ rule: "notNull", fields: ["sku"] });
});
after(() => trial.close());

type Answered = {
  id: number;
  status: string;
  archived: boolean;
  is_new: boolean;
  description: string;
  failed_checks: { quality_check: { id: number; version: number; changed_since: boolean; properties: object }; message: string }[];
  global_tags: { name: string }[];
  inherited_tags: { name: string }[];
  assignees: { id: number }[];
  comments_count: number;
};
type Paged<T> = { items: T[]; total: number };

const newCheck = async (body: object): Promise<number> => {
  const answer = await trial.ask("POST", "/quality-checks", { body: { container_id: shop.orders, ...body } });
  return (answer.body as { id: number }).id;
};
const add = (checks: readonly number[], found: Found = {}) => addAnomaly(trial, shop, shop.orders, checks, found);
const asked = async <T = Answered>(method: string, path: string, body?: unknown, as = trial.admin, status = 200): Promise<T> => {
  const answer = await trial.ask(method, path, { as, ...(body === undefined ? {} : { body }) });
  assert.equal(answer.status, status, `${method} ${path} ${JSON.stringify(body)}: ${JSON.stringify(answer.body)}`);
  return answer.body as T;
};
const get = (id: number) => asked("GET", `/anomalies/${id}`);

test("an anomaly shows the checks as they were when they failed", async () => {
  const id = await add([prices, skus], { fields: ["price", "sku"] });
  const fresh = await get(id);
  assert.deepEqual(
    [fresh.is_new, fresh.archived, fresh.description, fresh.inherited_tags.map(({ name }) => name)],
    [true, false, "a value is missing", ["money"]],
  );
  const changedCheck = await newCheck({ rule: "between", fields: ["price"], properties: { min: 1, max: 2 } });
  const earlier = await add([changedCheck]);
  await asked("PUT", `/quality-checks/${changedCheck}`, { properties: { min: 5, max: 6 } });
  const later = await add([changedCheck]);
  for (const [anomaly, version, changed, properties] of [
    [earlier, 1, true, { min: 1, max: 2 }],
    [later, 2, false, { min: 5, max: 6 }],
  ] as const) {
    const [failed] = (await get(anomaly)).failed_checks;
    assert.deepEqual(
      [failed!.quality_check.version, failed!.quality_check.changed_since, failed!.quality_check.properties],
      [version, changed, properties],
    );
  }
});

test("lists are narrowed and ordered", async () => {
  const stock = await addStock(trial, "lists");
  const answer = await trial.ask("POST", "/quality-checks", {
    body: { container_id: stock.orders, rule: "notNull", fields: ["sku"], tags: ["key"] },
  });
  const check = (answer.body as { id: number }).id;
  const make = (container: number, checks: number[], found: Found) => addAnomaly(trial, stock, container, checks, found);
  const old = await make(stock.orders, [check], { weight: 3, created_at: "2031-02-01T23:59:00Z", fields: ["sku"], message: "50% gone" });
  const shape = await make(stock.products, [], {
    type: "shape",
    weight: 9,
    created_at: "2031-02-02T00:00:00Z",
    fields: ["price"],
    status: "Acknowledged",
  });
  const done = await make(stock.orders, [check], { status: "Resolved", weight: 5, enriched: true });
  await asked("PUT", `/anomalies/${shape}`, { tags: ["Own"], assignee_ids: [stock.as.Viewer.id] });
  const field = await trial.store.db
    .selectFrom("field")
    .where("container_id", "=", stock.orders)
    .where("name", "=", "sku")
    .select("id")
    .executeTakeFirstOrThrow();
  const cases: [string, number[]][] = [
    ["", [shape, old]],
    ["archived=include", [done, shape, old]],
    ["archived=only", [done]],
    ["status=Resolved", [done]],
    ["status=Active&status=Resolved", [done, old]],
    ["status=Active&archived=only", []],
    [`container=${stock.orders}`, [old]],
    [`quality_check=${check}&archived=include`, [done, old]],
    ["rule_type=notNull", [old]],
    ["anomaly_type=shape", [shape]],
    ["tag=own", [shape]],
    ["tag=key", [old]],
    [`field=${field.id}`, [old]],
    ["field=price", [shape]],
    [`assignee=${stock.as.Viewer.id}`, [shape]],
    ["start_date=2031-02-02&end_date=2031-02-02", [shape]],
    ["end_date=2031-02-01", [old]],
    ["end_date=2031-02-01T12:00:00Z", []],
    ["timeframe=1&archived=include", [done, shape, old]],
    ["source_enriched=true&archived=include", [done]],
    ["search=50%25", [old]],
    ["sort_weight=desc&archived=include", [shape, done, old]],
    ["sort_weight=asc&archived=include", [old, done, shape]],
    ["sort_created=asc", [old, shape]],
  ];
  for (const [query, expected] of cases) {
    const page = await asked<Paged<Answered>>("GET", `/anomalies?datastore=${stock.datastore}&${query}`);
    assert.deepEqual([page.items.map(({ id }) => id), page.total], [expected, expected.length], query);
  }
  const second = await asked<Paged<Answered>>("GET", `/anomalies?datastore=${stock.datastore}&size=1&page=2`);
  assert.deepEqual([second.items.map(({ id }) => id), second.total], [[old], 2]);
  const lines = await asked<{ id: number }[]>("GET", `/anomalies/listing?datastore=${stock.datastore}`);
  assert.deepEqual(
    lines.map(({ id }) => id),
    [shape, old],
  );
  const foreign = await asked<Paged<Answered>>("GET", "/anomalies?archived=include", undefined, stock.as.Reporter.token);
  assert.deepEqual(
    foreign.items.map(({ id }) => id),
    [done, shape, old],
  );
});

test("states: what is open is archived with how it ended, and comes back only as active", async () => {
  const id = await add([prices]);
  const path = `/anomalies/${id}`;
  const steps: { ask: [string, string, unknown?]; status: number; is: string }[] = [
    { ask: ["PUT", path, { status: "Acknowledged" }], status: 200, is: "Acknowledged" },
    { ask: ["PUT", path, { status: "Acknowledged" }], status: 200, is: "Acknowledged" },
    { ask: ["PUT", path, { status: "Resolved" }], status: 422, is: "Acknowledged" },
    { ask: ["DELETE", `${path}?archive=true&status=Active`], status: 422, is: "Acknowledged" },
    { ask: ["DELETE", `${path}?archive=true&status=Invalid`], status: 204, is: "Invalid" },
    { ask: ["PUT", path, { status: "Invalid" }], status: 200, is: "Invalid" },
    { ask: ["DELETE", `${path}?archive=true&status=Resolved`], status: 409, is: "Invalid" },
    { ask: ["PUT", path, { status: "Acknowledged" }], status: 409, is: "Invalid" },
    { ask: ["POST", `${path}/restore`], status: 200, is: "Active" },
    { ask: ["DELETE", path], status: 204, is: "Resolved" },
    { ask: ["PUT", path, { status: "Active" }], status: 200, is: "Active" },
    { ask: ["PATCH", "/anomalies", [{ id, status: "Acknowledged" }]], status: 200, is: "Acknowledged" },
    { ask: ["DELETE", "/anomalies", [{ id, archive: true, status: "Duplicate" }]], status: 204, is: "Duplicate" },
  ];
  for (const {
    ask: [method, at, body],
    status,
    is,
  } of steps) {
    await asked(method, at, body, trial.admin, status);
    assert.equal((await get(id)).status, is, `${method} ${at} ${JSON.stringify(body)}`);
  }
  const events = await asked<Paged<{ kind: string; detail: object; user: { name: string } | null }>>("GET", `${path}/history`);
  assert.deepEqual(
    events.items.map(({ detail }) => detail).toReversed(),
    [
      ["Active", "Acknowledged"],
      ["Acknowledged", "Invalid"],
      ["Invalid", "Active"],
      ["Active", "Resolved"],
      ["Resolved", "Active"],
      ["Active", "Acknowledged"],
      ["Acknowledged", "Duplicate"],
    ].map(([from, to]) => ({ from, to })),
  );
  assert.equal(events.items[0]!.user?.name, "admin");
  assert.equal((await get(id)).is_new, false);
  await asked("DELETE", `${path}?archive=false`, undefined, trial.admin, 204);
  await asked("GET", path, undefined, trial.admin, 404);
});

test("many are changed together or not at all", async () => {
  const [one, two] = [await add([prices]), await add([prices], { status: "Resolved" })];
  await asked(
    "PATCH",
    "/anomalies",
    [
      { id: one, status: "Acknowledged" },
      { id: two, status: "Acknowledged" },
    ],
    trial.admin,
    409,
  );
  assert.equal((await get(one)).status, "Active");
  const changes = { tags: ["a"], assignee_ids: [shop.as.Viewer.id], description: "looks odd" };
  assert.deepEqual(
    await asked(
      "PATCH",
      "/anomalies",
      [one, two].map((id) => ({ id, ...changes })),
    ),
    { updated: 2 },
  );
  assert.deepEqual(
    await asked(
      "PATCH",
      "/anomalies",
      [one, two].map((id) => ({ id, ...changes })),
    ),
    { updated: 0 },
  );
  const changed = await get(two);
  assert.deepEqual(
    [changed.global_tags.map(({ name }) => name), changed.assignees.map(({ id }) => id), changed.description],
    [["a"], [shop.as.Viewer.id], "looks odd"],
  );
  await asked(
    "DELETE",
    "/anomalies",
    [
      { id: one, archive: false },
      { id: two, archive: false },
    ],
    trial.admin,
    204,
  );
  await asked("GET", `/anomalies/${one}`, undefined, trial.admin, 404);
});

test("who may do what", async () => {
  const id = await add([prices]);
  const gone = await add([prices]);
  const foreign = await addAnomaly(trial, other, other.orders, []);
  const path = `/anomalies/${id}`;
  const cases: { as: keyof Stock["as"]; ask: [string, string, unknown?]; status: number }[] = [
    { as: "Reporter", ask: ["GET", path], status: 200 },
    { as: "Reporter", ask: ["GET", `/anomalies/${foreign}`], status: 404 },
    { as: "Reporter", ask: ["GET", `${path}/comments`], status: 200 },
    { as: "Reporter", ask: ["POST", `${path}/comments`, { message: "hm" }], status: 403 },
    { as: "Reporter", ask: ["GET", `${path}/source-records`], status: 403 },
    { as: "Viewer", ask: ["POST", `${path}/comments`, { message: "hm" }], status: 201 },
    { as: "Viewer", ask: ["PUT", path, { tags: ["x"] }], status: 403 },
    { as: "Drafter", ask: ["PUT", path, { tags: ["x"] }], status: 200 },
    { as: "Drafter", ask: ["PUT", path, { status: "Active", tags: ["x"] }], status: 200 },
    { as: "Drafter", ask: ["PUT", path, { status: "Acknowledged" }], status: 403 },
    { as: "Drafter", ask: ["PUT", path, { assignee_ids: [shop.as.Viewer.id] }], status: 403 },
    { as: "Drafter", ask: ["DELETE", path], status: 403 },
    { as: "Author", ask: ["PUT", path, { status: "Acknowledged", assignee_ids: [shop.as.Viewer.id] }], status: 200 },
    { as: "Author", ask: ["PUT", path, { description: "mine" }], status: 403 },
    { as: "Author", ask: ["PUT", path, { assignee_ids: [shop.as.Reporter.id] }], status: 422 },
    { as: "Author", ask: ["PUT", path, { assignee_ids: [99_999] }], status: 422 },
    { as: "Author", ask: ["DELETE", `${path}?archive=false`], status: 403 },
    { as: "Author", ask: ["DELETE", "/anomalies", [{ id: gone, archive: false }]], status: 403 },
    { as: "Author", ask: ["DELETE", path], status: 204 },
    { as: "Author", ask: ["POST", `${path}/restore`], status: 200 },
    { as: "Author", ask: ["PATCH", "/anomalies", [{ id: foreign, status: "Acknowledged" }]], status: 404 },
    { as: "Author", ask: ["PATCH", "/anomalies", []], status: 422 },
    { as: "Author", ask: ["GET", "/anomalies?start_date=yesterday"], status: 422 },
    { as: "Author", ask: ["GET", "/anomalies?end_date=0000-01-01"], status: 422 },
    { as: "Author", ask: ["GET", "/anomalies?end_date=9999-12-31"], status: 422 },
    { as: "Author", ask: ["GET", "/anomalies?search=%00"], status: 422 },
    { as: "Editor", ask: ["PUT", path, { description: "ours" }], status: 200 },
    { as: "Editor", ask: ["DELETE", `/anomalies/${gone}?archive=false`], status: 204 },
  ];
  for (const {
    as,
    ask: [method, at, body],
    status,
  } of cases) {
    const answer = await trial.ask(method, at, { as: shop.as[as].token, ...(body === undefined ? {} : { body }) });
    assert.equal(answer.status, status, `${as} ${method} ${at} ${JSON.stringify(body)}: ${JSON.stringify(answer.body)}`);
  }
  assert.deepEqual(trial.thrown, []);
});

test("comments are said, changed and taken back by their authors only", async () => {
  const path = `/anomalies/${await add([prices])}`;
  type Comment = { id: number; message: string; edited: string | null; user: { id: number } };
  const { Viewer: viewer, Editor: editor } = shop.as;
  const said = await asked<Comment>("POST", `${path}/comments`, { message: "looks like the import, “ü” 😀" }, viewer.token, 201);
  assert.deepEqual([said.user.id, said.edited], [viewer.id, null]);
  await asked("PUT", `${path}/comments/${said.id}`, { message: "no" }, editor.token, 403);
  await asked("DELETE", `${path}/comments/${said.id}`, undefined, editor.token, 403);
  const edited = await asked<Comment>("PUT", `${path}/comments/${said.id}`, { message: "it is the import" }, viewer.token);
  assert.deepEqual([edited.message, typeof edited.edited], ["it is the import", "string"]);
  await asked("POST", `${path}/comments`, { message: "  " }, viewer.token, 422);
  const comments = await asked<Paged<Comment>>("GET", `${path}/comments`);
  assert.deepEqual([comments.total, (await asked("GET", path)).comments_count], [1, 1]);
  await asked("DELETE", `${path}/comments/${said.id}`, undefined, viewer.token, 204);
  await asked("PUT", `${path}/comments/${said.id}`, { message: "again" }, viewer.token, 404);
  assert.equal((await asked<Paged<Comment>>("GET", `${path}/comments`)).total, 0);
  const events = await asked<Paged<{ kind: string; detail: object }>>("GET", `${path}/history`);
  assert.deepEqual(
    events.items.map(({ kind, detail }) => [kind, detail]),
    [["comment", { deleted: true }]],
  );
});

test("the same finding at other times is related", async () => {
  const [first, second] = [await add([prices], { fingerprint: "same", status: "Resolved" }), await add([prices], { fingerprint: "same" })];
  await addAnomaly(trial, other, other.orders, [], { fingerprint: "same" });
  const related = await asked<Paged<Answered>>("GET", `/anomalies/${second}/related`);
  assert.deepEqual(
    related.items.map(({ id }) => id),
    [first],
  );
});

test("rows come from the enrichment datastore, masked, and looking behind the masks is written down", async () => {
  const { db } = trial.store;
  const id = await add([prices], { enriched: true });
  const path = `/anomalies/${id}/source-records`;
  await asked("GET", path, undefined, trial.admin, 409);
  const enrichment = await insertDatastore(db, "evidence");
  await db
    .updateTable("datastore")
    .set({ enrichment_id: enrichment, enrichment_prefix: "_shop" })
    .where("id", "=", shop.datastore)
    .execute();
  await asked("GET", `/anomalies/${await add([prices])}/source-records`, undefined, trial.admin, 409);
  await asked("GET", path, undefined, trial.admin, 503);
  const { answer, asked: questions } = answering(trial);
  answer("source_records", { fields: ["id", "email"], rows: [[1, "canary@example.org"]], truncated: false, error: null });
  const unmasks = async () =>
    (await db.selectFrom("audit").where("event", "=", "anomaly.unmask").select(["object", "user_email"]).execute()).map(
      ({ object, user_email }) => [object, user_email],
    );
  const before = await unmasks();
  const shown = await asked<{ rows: unknown[][]; masked: string[] }>("GET", `${path}?limit=5`, undefined, shop.as.Viewer.token);
  assert.deepEqual([shown.rows, shown.masked], [[[1, "***MASKED***"]], ["email"]]);
  assert.deepEqual(await unmasks(), before);
  await asked("GET", `${path}?unmask=true`, undefined, shop.as.Author.token, 403);
  const bare = await asked<{ rows: unknown[][] }>("GET", `${path}?unmask=true`, undefined, shop.as.Editor.token);
  assert.deepEqual(bare.rows, [[1, "canary@example.org"]]);
  assert.deepEqual((await unmasks()).slice(before.length), [[String(id), "Editor.of.shop@example.org"]]);
  assert.deepEqual(
    [questions[0]!.datastoreId, (questions[0]!.question as { prefix: string; rows_max: number }).rows_max],
    [shop.datastore, 5],
  );
});

test("events of operations tell no person", async () => {
  const id = await add([prices]);
  const operation = await insertOperation(trial.store.db, shop.datastore);
  await trial.store.db
    .insertInto("anomaly_event")
    .values({ anomaly_id: id, kind: "created", detail: "{}", user_id: null, operation_id: operation })
    .execute();
  const { items } = await asked<Paged<{ user: unknown; operation_id: number }>>("GET", `/anomalies/${id}/history`);
  assert.deepEqual(
    items.map(({ user, operation_id }) => [user, operation_id]),
    [[null, operation]],
  );
  assert.deepEqual([(await get(id)).is_new, trial.thrown], [true, []]);
});
