/** Checks over the API: what is kept, what is refused and where, who may do what, and what an edit leaves behind. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { QUESTIONS } from "@touchstone/core/model/work";
import { API } from "@touchstone/core/routes/index";
import { readCheck } from "@touchstone/core/rules/read";
import { checkWeight } from "@touchstone/core/scores/weight";
import { answering } from "../trial/answers.ts";
import { insertOperation } from "../trial/objects.ts";
import { placesOf, problemOf, saidBy } from "../trial/refusals.ts";
import { addAnomaly, addStock, type Stock } from "../trial/stock.ts";
import { openTrial, type Trial } from "../trial/trial.ts";
import { applyInferred } from "../work/apply-inferred.ts";

let trial: Trial;
let shop: Stock;
let other: Stock;
before(async () => {
  trial = await openTrial();
  shop = await addStock(trial, "shop");
  other = await addStock(trial, "other");
});
after(() => trial.close());

const price = { rule: "between", fields: ["price"], properties: { min: 0, max: 100 } };

const created = (body: object, as: string | null = trial.admin) =>
  trial.got(API.checks.create, "/quality-checks", { body: { container_id: shop.orders, ...price, ...body }, as });
const read = (id: number) => trial.got(API.checks.get, `/quality-checks/${id}`);
const listed = async (query: string, as: string | null = trial.admin) =>
  (await trial.got(API.checks.list, `/quality-checks?size=1000&${query}`, { as })).items;
const historyOf = (id: number, query = "") => trial.got(API.checks.history, `/quality-checks/${id}/history${query}`);
const put = (id: number, body: object, as: string | null = trial.admin) =>
  trial.got(API.checks.update, `/quality-checks/${id}`, { body, as });

test("a check is made, read, changed; what it was stays in its history", async () => {
  const check = await created({
    description: "prices",
    tags: ["money"],
    coverage: 0.99,
    filter: "country = 'NO'",
    additional_metadata: { a: 1 },
  });
  assert.equal(check.rule_type, "between");
  assert.deepEqual(
    [check.fields, check.container, check.datastore].map((part) => JSON.stringify(part).replaceAll(/"id":\d+/g, "id")),
    ['[{id,"name":"price","field_type":"Fractional"}]', '{id,"name":"orders","container_type":"table"}', '{id,"name":"shop"}'],
  );
  assert.deepEqual(check.additional_metadata, { a: 1, _qualytics_check_uid: check.uid });
  const changed = await put(check.id, { coverage: 0.9, tags: ["money", "ünï"] });
  assert.deepEqual([changed.version, changed.coverage], [2, 0.9]);
  const history = await historyOf(check.id);
  assert.equal(history.total, 2);
  assert.deepEqual(
    history.items.map(({ version, changeset }) => [version, changeset]),
    [
      [2, { coverage: [0.99, 0.9], tags: [["money"], ["money", "ünï"]] }],
      [1, {}],
    ],
  );
  const older = await historyOf(check.id, "?size=1&page=2");
  assert.deepEqual(
    older.items.map(({ version }) => version),
    [1],
  );
});

test("what a client read, sent back unchanged, changes nothing", async () => {
  const check = await created({ filter: "id > 1", tags: ["same"], description: "round trip" });
  assert.equal((await put(check.id, check)).version, 1);
  const names = check.fields.map(({ name }) => name);
  assert.equal((await put(check.id, { ...check, fields: names, tags: ["same"], rule: "between" })).version, 1);
});

test("names of earlier times and other spellings are read as the current ones", async () => {
  const cases: { body: object; rule: string; fields: string[]; properties: object }[] = [
    { body: { rule: "isNotNull", fields: ["ID"], properties: {} }, rule: "notNull", fields: ["id"], properties: {} },
    {
      body: { rule: "between", properties: { min_value: 1, maxValue: 2 } },
      rule: "between",
      fields: ["price"],
      properties: { min: 1, max: 2 },
    },
    {
      body: { rule: "dataType", fields: ["sku"], properties: { field_type: "Integral" } },
      rule: "isType",
      fields: ["sku"],
      properties: { field_type: "Integral" },
    },
    {
      body: { rule: "satisfiesEquation", fields: [], properties: { equation: "price > id" } },
      rule: "satisfiesExpression",
      fields: ["price", "id"],
      properties: { expression: "price > id" },
    },
    {
      body: { rule_type: "unique", rule: undefined, fields: [{ name: "id" }], properties: null },
      rule: "unique",
      fields: ["id"],
      properties: {},
    },
  ];
  for (const { body, rule, fields, properties } of cases) {
    const check = await created(body);
    assert.deepEqual([check.rule_type, check.fields.map(({ name }) => name), check.properties], [rule, fields, properties]);
  }
});

test("what does not fit is refused with its place", async () => {
  const cases: { name: string; body: object; code: string; loc: (string | number)[] }[] = [
    { name: "an unknown rule", body: { rule: "betwen" }, code: "RULE_UNKNOWN", loc: ["body", "rule_type"] },
    { name: "a retired rule", body: { rule: "userDefinedFunction" }, code: "RULE_RETIRED", loc: ["body", "rule_type"] },
    { name: "no rule", body: { rule: undefined }, code: "CHECK_INVALID", loc: ["body", "rule"] },
    { name: "an unknown field", body: { fields: ["prise"] }, code: "FIELD_UNKNOWN", loc: ["body", "fields", 0] },
    { name: "two fields", body: { fields: ["price", "id"] }, code: "FIELDS_COUNT_WRONG", loc: ["body", "fields"] },
    { name: "a field of another type", body: { fields: ["country"] }, code: "FIELD_TYPE_WRONG", loc: ["body", "fields", 0] },
    { name: "a missing property", body: { properties: { min: 1 } }, code: "PROPERTY_INVALID", loc: ["body", "properties"] },
    {
      name: "bounds the wrong way round",
      body: { properties: { min: 2, max: 1 } },
      code: "PROPERTY_INVALID",
      loc: ["body", "properties", "min"],
    },
    {
      name: "a property it does not take",
      body: { properties: { min: 1, max: 2, colour: 3 } },
      code: "PROPERTY_INVALID",
      loc: ["body", "properties", "colour"],
    },
    { name: "a filter that does not parse", body: { filter: "country = = 1" }, code: "EXPRESSION_INVALID", loc: ["body", "filter"] },
    { name: "a filter on an unknown field", body: { filter: "nation = 'NO'" }, code: "EXPRESSION_INVALID", loc: ["body", "filter"] },
    { name: "a filter that is no condition", body: { filter: "id + 1" }, code: "EXPRESSION_INVALID", loc: ["body", "filter"] },
    { name: "a coverage above 1", body: { coverage: 99 }, code: "CHECK_INVALID", loc: ["body", "coverage"] },
    {
      name: "a broken pattern",
      body: { rule: "matchesPattern", fields: ["sku"], properties: { pattern: "[" } },
      code: "PATTERN_INVALID",
      loc: ["body", "properties", "pattern"],
    },
    {
      name: "a broken expression",
      body: { rule: "satisfiesExpression", fields: [], properties: { expression: "price >" } },
      code: "EXPRESSION_INVALID",
      loc: ["body", "properties", "expression"],
    },
    {
      name: "an expression on an unknown field",
      body: { rule: "satisfiesExpression", fields: [], properties: { expression: "prise > 1" } },
      code: "EXPRESSION_INVALID",
      loc: ["body", "properties", "expression"],
    },
    {
      name: "an unknown message field",
      body: { anomaly_message_field: "why" },
      code: "FIELD_UNKNOWN",
      loc: ["body", "anomaly_message_field"],
    },
    {
      name: "an unknown container to look into",
      body: { rule: "existsIn", fields: ["sku"], properties: { ref_container_name: "product", field_name: "sku" } },
      code: "CONTAINER_UNKNOWN",
      loc: ["body", "properties", "ref_container_name"],
    },
    {
      name: "an unknown datastore to look into",
      body: { rule: "existsIn", fields: ["sku"], properties: { ref_datastore_id: 999, ref_container_id: 1, field_name: "sku" } },
      code: "OBJECT_UNKNOWN",
      loc: ["body", "properties", "ref_datastore_id"],
    },
    { name: "an owner who is not there", body: { owner_id: 99_999 }, code: "REQUEST_INVALID", loc: ["body", "owner_id"] },
    { name: "an owner who may not draft", body: { owner_id: shop.as.Viewer.id }, code: "REQUEST_INVALID", loc: ["body", "owner_id"] },
    {
      name: "an assignee who may not see rows",
      body: { default_anomaly_assignee_id: shop.as.Reporter.id },
      code: "REQUEST_INVALID",
      loc: ["body", "default_anomaly_assignee_id"],
    },
    { name: "a text that no store keeps", body: { description: "a\u0000b" }, code: "REQUEST_INVALID", loc: ["body", "description"] },
    {
      name: "half a character",
      body: { properties: { min: 1, max: 2, note: "\ud800" } },
      code: "REQUEST_INVALID",
      loc: ["body", "properties", "note"],
    },
    { name: "a status there is not", body: { status: "Sleeping" }, code: "REQUEST_INVALID", loc: ["body", "status"] },
  ];
  for (const path of ["/quality-checks", "/quality-checks/validate"])
    for (const { name, body, code, loc } of cases) {
      // Who answers for a check matters when it is saved.
      if (path.endsWith("validate") && JSON.stringify(loc).includes('_id"]') && loc.length === 2) continue;
      const answer = await trial.ask("POST", path, { body: { container_id: shop.orders, ...price, ...body } });
      const message = `${path}: ${name}: ${JSON.stringify(answer.body)}`;
      assert.deepEqual([answer.status, problemOf(answer).code, placesOf(answer)[0]?.loc], [422, code, loc], message);
    }
  assert.deepEqual(trial.thrown, []);
});

test("check variables may stand where their values will come with the scan", async () => {
  assert.equal((await created({ filter: "paid_at > {{ cutoff }}" })).filter, "paid_at > {{ cutoff }}");
});

test("who may do what", async () => {
  const draft = (await created({ status: "Draft" })).id;
  const active = (await created({})).id;
  const body = { container_id: shop.orders, ...price };
  const foreign = (await created({ container_id: other.orders })).id;
  const cases: { as: keyof Stock["as"]; ask: [string, string, unknown?]; status: number }[] = [
    { as: "Reporter", ask: ["GET", `/quality-checks/${active}`], status: 200 },
    { as: "Reporter", ask: ["GET", `/quality-checks/${foreign}`], status: 404 },
    { as: "Viewer", ask: ["POST", "/quality-checks", { ...body, status: "Draft" }], status: 403 },
    { as: "Drafter", ask: ["POST", "/quality-checks", { ...body, status: "Draft" }], status: 201 },
    { as: "Drafter", ask: ["POST", "/quality-checks", body], status: 201 },
    { as: "Drafter", ask: ["POST", "/quality-checks", { ...body, status: "Active" }], status: 403 },
    { as: "Drafter", ask: ["POST", "/quality-checks/validate", body], status: 403 },
    { as: "Drafter", ask: ["PUT", `/quality-checks/${draft}`, { filter: "id > 5" }], status: 200 },
    { as: "Drafter", ask: ["PUT", `/quality-checks/${draft}`, { status: "Active" }], status: 403 },
    { as: "Drafter", ask: ["PUT", `/quality-checks/${active}`, { filter: "id > 5" }], status: 403 },
    { as: "Drafter", ask: ["PUT", `/quality-checks/${active}`, { tags: ["mine"] }], status: 200 },
    { as: "Drafter", ask: ["PATCH", "/quality-checks", [{ id: active, tags: ["ours"] }]], status: 200 },
    { as: "Drafter", ask: ["PATCH", "/quality-checks", [{ id: active, status: "Draft" }]], status: 403 },
    { as: "Drafter", ask: ["DELETE", `/quality-checks/${draft}`], status: 403 },
    { as: "Drafter", ask: ["DELETE", "/quality-checks", [{ id: draft }]], status: 403 },
    { as: "Drafter", ask: ["POST", `/quality-checks/${active}/dry-run`, {}], status: 403 },
    { as: "Author", ask: ["POST", "/quality-checks", body], status: 201 },
    { as: "Author", ask: ["POST", "/quality-checks", { ...body, container_id: other.orders }], status: 404 },
    { as: "Author", ask: ["POST", "/quality-checks/validate", body], status: 200 },
    { as: "Author", ask: ["PUT", `/quality-checks/${draft}`, { status: "Active" }], status: 200 },
    { as: "Author", ask: ["PUT", `/quality-checks/${foreign}`, {}], status: 404 },
    { as: "Author", ask: ["DELETE", "/quality-checks", [{ id: draft }, { id: foreign }]], status: 404 },
    { as: "Author", ask: ["POST", `/quality-checks/${active}/dry-run`, {}], status: 503 },
    { as: "Author", ask: ["DELETE", `/quality-checks/${active}`], status: 204 },
    { as: "Author", ask: ["PATCH", "/quality-checks", [{ id: draft }, { id: draft }]], status: 422 },
  ];
  for (const {
    as,
    ask: [method, path, sent],
    status,
  } of cases) {
    const answer = await trial.ask(method, path, { as: shop.as[as].token, ...(sent === undefined ? {} : { body: sent }) });
    assert.equal(answer.status, status, `${as} ${method} ${path} ${JSON.stringify(sent)}: ${JSON.stringify(answer.body)}`);
  }
  const undecided = await created({ status: undefined }, shop.as.Drafter.token);
  assert.equal(undecided.status, "Draft");
  const existsElsewhere = {
    ...body,
    rule: "existsIn",
    fields: ["sku"],
    properties: { ref_datastore_id: other.datastore, ref_container_id: other.products, field_name: "sku" },
  };
  const refused = await trial.ask("POST", "/quality-checks", { body: existsElsewhere, as: shop.as.Author.token });
  assert.equal(saidBy(refused), "422 OBJECT_UNKNOWN");
  assert.equal((await trial.ask("POST", "/quality-checks", { body: existsElsewhere })).status, 201);
  assert.deepEqual(trial.thrown, []);
});

const inferred = async (): Promise<number> => {
  const { id } = await created({ rule: "notNegative", properties: {} });
  const evidence = { text: "seen", support: 9, held_out_pass_ratio: 1, confidence: 0.9, alerts: null };
  await trial.store.db
    .updateTable("check")
    .set({ inferred: true, owner_id: null, evidence: JSON.stringify(evidence) })
    .where("id", "=", id)
    .execute();
  return id;
};

test("what an inferred check asserts becomes its editor's when they change it, and nothing else makes it so", async () => {
  const id = await inferred();
  const organised = await put(id, {
    description: "ours",
    tags: ["x"],
    additional_metadata: { a: 1 },
    status: "Draft",
    default_anomaly_assignee_id: shop.as.Viewer.id,
  });
  assert.deepEqual([organised.inferred, organised.owner_id], [true, null]);
  const same = await put(id, { coverage: 1, fields: ["price"], properties: {} });
  assert.deepEqual([same.inferred, same.version], [true, organised.version]);
  const changed = await put(id, { filter: "country = 'NO'" }, shop.as.Drafter.token);
  assert.deepEqual([changed.inferred, changed.owner_id, changed.evidence], [false, shop.as.Drafter.id, null]);
});

test("an inferred draft that names another container stays inferred when it is activated", async () => {
  const id = await inferred();
  const properties = JSON.stringify({ ref_container_name: "products", field_name: "sku" });
  await trial.store.db
    .updateTable("check")
    .set({ rule_type: "existsIn", fields: JSON.stringify(["sku"]), properties, status: "Draft" })
    .where("id", "=", id)
    .execute();
  const activated = await put(id, { status: "Active" });
  assert.deepEqual([activated.status, activated.inferred], ["Active", true]);
  await trial.store.db
    .updateTable("check")
    .set({ fields: JSON.stringify(["gone"]), status: "Draft" })
    .where("id", "=", id)
    .execute();
  const tagged = await put(id, { tags: ["still"] });
  assert.deepEqual(
    tagged.global_tags.map(({ name }) => name),
    ["still"],
  );
  assert.equal((await trial.ask("PUT", `/quality-checks/${id}`, { body: { status: "Active" } })).status, 422);
});

test("what inference changed stands in the history, told of nobody", async () => {
  const fresh = await addStock(trial, "inference");
  const proposal = (max: number) => [
    readCheck({ rule_type: "between", container: "orders", fields: ["price"], properties: { min: 0, max }, inferred: true }),
  ];
  await applyInferred(trial.store.db, fresh.orders, proposal(9), false);
  const [check] = await listed(`container=${fresh.orders}`);
  await put(check!.id, { tags: ["kept"] });
  await applyInferred(trial.store.db, fresh.orders, proposal(12), false);
  const { items } = await historyOf(check!.id);
  assert.deepEqual(
    items.map(({ user, changeset }) => [user?.name ?? null, changeset]),
    [
      [
        null,
        {
          properties: [
            { min: 0, max: 9 },
            { min: 0, max: 12 },
          ],
        },
      ],
      ["admin", { tags: [[], ["kept"]] }],
      [null, {}],
    ],
  );
});

test("an owner stays somebody, an assignee may go; container and rule stay what they are", async () => {
  const { id } = await created({ owner_id: shop.as.Drafter.id, default_anomaly_assignee_id: shop.as.Viewer.id });
  const cases: { body: object; status: number; loc?: string }[] = [
    { body: { owner_id: null }, status: 422, loc: "owner_id" },
    { body: { owner_id: 0 }, status: 422, loc: "owner_id" },
    { body: { rule: "isPositive" }, status: 422, loc: "rule" },
    { body: { rule_type: "between", container_id: shop.orders }, status: 200 },
    { body: { container_id: shop.products }, status: 422, loc: "container_id" },
    { body: { default_anomaly_assignee_id: 0 }, status: 200 },
  ];
  for (const { body, status, loc } of cases) {
    const answer = await trial.ask("PUT", `/quality-checks/${id}`, { body });
    assert.equal(answer.status, status, JSON.stringify([body, answer.body]));
    if (loc !== undefined) assert.equal(placesOf(answer)[0]?.loc[1], loc);
  }
  const check = await read(id);
  assert.deepEqual([check.owner_id, check.default_anomaly_assignee_id], [shop.as.Drafter.id, null]);
});

test("checks that differ only in their filter have identities of their own, which clients can set", async () => {
  const uids: string[] = [];
  const carried = { additional_metadata: { _qualytics_check_uid: "a__uid__of__theirs" } };
  for (const more of [
    {},
    { filter: "live" },
    { filter: "NOT live" },
    { filter: "NOT live", properties: { min: 7, max: 8 } },
    carried,
    carried,
  ])
    uids.push((await created({ container_id: shop.products, ...more })).uid);
  assert.equal(new Set(uids).size, uids.length, JSON.stringify(uids));
  assert.equal(uids[4], "a__uid__of__theirs");
});

const anomaly = (checkIds: readonly number[], status = "Active"): Promise<number> =>
  addAnomaly(trial, shop, shop.orders, checkIds, { status });
const statusOf = async (id: number) =>
  (await trial.store.db.selectFrom("anomaly").where("id", "=", id).select("status").executeTakeFirst())?.status ?? "gone";

test("checks are archived with a reason, restored, and deleted with what they alone found", async () => {
  const [one, two, three] = [(await created({})).id, (await created({})).id, (await created({})).id];
  const [alone, shared, resolved, ofTwo] = [
    await anomaly([one]),
    await anomaly([one, two]),
    await anomaly([one], "Resolved"),
    await anomaly([two]),
  ];
  assert.equal((await trial.ask("DELETE", `/quality-checks/${one}?archive=true&status=Invalid&delete_anomalies=true`)).status, 204);
  const archived = await read(one);
  assert.deepEqual([archived.status, archived.archived, typeof archived.deleted_at], ["Invalid", true, "string"]);
  assert.deepEqual(await Promise.all([alone, shared, resolved, ofTwo].map(statusOf)), ["Invalid", "Active", "Resolved", "Active"]);
  const ids = async (query: string) =>
    (await listed(`container=${shop.orders}&${query}`)).map(({ id }) => id).filter((id) => [one, two, three].includes(id));
  assert.deepEqual(await ids(""), [two, three]);
  assert.deepEqual(await ids("archived=only"), [one]);
  assert.deepEqual(await ids("archived=include"), [one, two, three]);
  assert.deepEqual(await ids("status=Invalid"), [one]);
  assert.deepEqual(await ids("status=Archived&status=Active&sort_created=desc"), [three, two, one]);
  assert.deepEqual([(await put(one, { status: "Active" })).archived, (await read(one)).deleted_at], [false, null]);
  assert.equal(
    (await trial.ask("DELETE", "/quality-checks", { body: [{ id: two, archive: false, delete_anomalies: true }, { id: three }] })).status,
    204,
  );
  assert.deepEqual(await Promise.all([alone, shared, resolved, ofTwo].map(statusOf)), ["Invalid", "Active", "Resolved", "gone"]);
  assert.equal((await trial.ask("GET", `/quality-checks/${two}`)).status, 404);
  assert.equal((await read(three)).status, "Discarded");
  const patched = await trial.ask("PATCH", "/quality-checks", {
    body: [
      { id: one, status: "Draft" },
      { id: three, status: "Draft", tags: ["back"] },
    ],
  });
  assert.deepEqual([patched.status, patched.body], [200, { updated: 2 }]);
});

test("lists are narrowed and ordered; the weight in SQL is the published one", async () => {
  const { db } = trial.store;
  const [clean, found, guessed] = [
    (await created({ container_id: shop.products, description: "clean", filter: "price > 10" })).id,
    (await created({ rule: "notNull", properties: {}, description: "found", fields: ["sku"], tags: ["heavy"] })).id,
    await inferred(),
  ];
  await db.updateTable("tag").set({ weight_modifier: 5 }).where("name", "=", "heavy").execute();
  await anomaly([found]);
  await anomaly([found], "Resolved");
  const operation = await insertOperation(trial.store.db, shop.datastore);
  await db.updateTable("check").set({ last_status: "failed", last_asserted_at: new Date() }).where("id", "=", found).execute();
  await db
    .insertInto("assertion")
    .values({ check_id: found, operation_id: operation, status: "failed", asserted_records: 10, anomalous_records: 1, measured: 0.5 })
    .execute();
  const field = await db
    .selectFrom("field")
    .where("container_id", "=", shop.orders)
    .where("name", "=", "sku")
    .select("id")
    .executeTakeFirstOrThrow();
  const only = async (query: string) =>
    (await listed(query))
      .map(({ id }) => id)
      .filter((id) => [clean, found, guessed].includes(id))
      .sort((a, b) => a - b);
  const cases: [string, number[]][] = [
    [`datastore=${shop.datastore}`, [clean, found, guessed]],
    [`datastore=${other.datastore}`, []],
    [`container=${shop.products}`, [clean]],
    ["rule_type=notNull&rule_type=notNegative", [found, guessed]],
    ["tag=HEAVY", [found]],
    [`field=${field.id}`, [found]],
    ["field=price", [clean, guessed]],
    ["asserted_state=failed", [found]],
    ["asserted_state=not_asserted", [clean, guessed]],
    ["inferred=true", [guessed]],
    ["search=foun", [found]],
    ["search=%25", []],
    ["status=Draft", []],
    ["template_only=true", []],
  ];
  for (const [query, expected] of cases) assert.deepEqual(await only(query), expected, query);
  const byWeight = await listed("sort_weight=desc&archived=include");
  byWeight.slice(1).forEach((check, i) => assert.ok(byWeight[i]!.weight >= check.weight));
  for (const check of byWeight) {
    const tags = [check.global_tags, check.inherited_tags].flat();
    const one = { rule_type: check.rule_type, inferred: check.inferred, anomalous_records: check.anomaly_count };
    assert.equal(
      check.weight,
      checkWeight(
        one,
        tags.map(({ weight_modifier }) => weight_modifier),
      ),
      JSON.stringify(check),
    );
  }
  assert.equal((await listed("sort_anomalies=desc"))[0]!.anomaly_count >= 1, true);
  assert.equal((await listed("sort_last_asserted=desc"))[0]!.id, found);
  assert.deepEqual(await listed("", other.as.Reporter.token).then((items) => items.filter(({ id }) => id === found)), []);
  const assertions = await trial.got(API.checks.assertions, `/quality-checks/${found}/assertions`);
  assert.deepEqual(
    assertions.items.map(({ status, asserted_records }) => [status, asserted_records]),
    [["failed", 10]],
  );
  const measured = await trial.got(API.checks.measurements, `/quality-checks/${found}/measurements`);
  assert.deepEqual(
    measured.items.map(({ value }) => value),
    [0.5],
  );
  const lines = await trial.got(API.checks.listing, `/quality-checks/listing?container=${shop.products}&rule_type=between`);
  assert.ok(lines.some(({ id, fields }) => id === clean && fields[0] === "price"));
});

test("the specifications name every rule with what its form asks for", async () => {
  const rules = await trial.got(API.checks.rules, "/quality-checks/specifications/rules", { as: shop.as.Reporter.token });
  const between = rules.find(({ rule }) => rule === "between")!;
  assert.deepEqual(
    between.properties.map(({ field, type, required }) => [field, type, required]),
    [
      ["min", "number", true],
      ["max", "number", true],
      ["inclusive_min", "boolean", false],
      ["inclusive_max", "boolean", false],
    ],
  );
  const exists = rules.find(({ rule }) => rule === "existsIn")!;
  assert.deepEqual(
    exists.properties.map(({ field, type }) => [field, type]),
    [
      ["ref_container_id", "container"],
      ["ref_datastore_id", "datastore"],
      ["ref_filter", "expression"],
      ["field_name", "field"],
    ],
  );
});

test("a dry run asks a dataplane with names, variables and masks, and answers what it says", async () => {
  await trial.store.db
    .updateTable("container")
    .set({ additional_metadata: JSON.stringify({ cutoff: "DATE '2031-02-01'", region: "'NO'", unused: "1" }) })
    .where("id", "=", shop.orders)
    .execute();
  const { answer, asked } = answering(trial);
  const answered = {
    error: null,
    status: "failed",
    asserted_records: 10,
    anomalous_records: 1,
    message: "one is missing",
    examples: { fields: ["sku"], rows: [["Z9"]], truncated: false },
  };
  answer("dry_run", answered);
  const body = {
    container_id: shop.orders,
    rule: "existsIn",
    fields: ["sku"],
    properties: { ref_container_id: shop.products, field_name: "sku" },
    filter: "paid_at > {{ cutoff }} AND country = {{ region }}",
    status: "Draft",
  };
  const options = { max_records_analyzed_per_partition: -1, check_variables: { region: "'SE'" } };
  const unsaved = await trial.ask("POST", "/quality-checks/dry-run", { body: { ...body, ...options } });
  assert.deepEqual([unsaved.status, unsaved.body], [200, answered]);
  const { id } = await created(body);
  const saved = await trial.ask("POST", `/quality-checks/${id}/dry-run`, { body: {} });
  assert.deepEqual([saved.status, saved.body], [200, answered]);
  const question = QUESTIONS.dry_run.asked.parse(asked[0]!.question);
  assert.deepEqual(
    [asked[0]!.datastoreId, question.check["properties"], question.check["status"], question.variables, question.rows_max, question.masked],
    [
      shop.datastore,
      { field_name: "sku", ref_container_name: "products" },
      "Active",
      { cutoff: "DATE '2031-02-01'", region: "'SE'" },
      null,
      ["email"],
    ],
  );
  assert.equal(QUESTIONS.dry_run.asked.parse(asked[1]!.question).rows_max, 10_000);
  const refused = await trial.ask("POST", `/quality-checks/${id}/dry-run`, { body: { check_variables: { region: "1; DROP" } } });
  assert.deepEqual([refused.status, placesOf(refused)[0]?.loc], [422, ["body", "check_variables", "region"]]);
});
