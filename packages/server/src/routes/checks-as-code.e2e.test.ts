/** Checks as code: what leaves comes back unchanged, here or elsewhere, and a dry run tells what would change. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { z } from "zod";
import { API } from "@touchstone/core/routes/index";
import { placesOf, problemOf, saidBy } from "../trial/refusals.ts";
import { addStock, type Stock } from "../trial/stock.ts";
import { openTrial, type Trial } from "../trial/trial.ts";

let trial: Trial;
let shop: Stock;
before(async () => {
  trial = await openTrial();
  shop = await addStock(trial, "shop");
});
after(() => trial.close());

/** What the tests look at in the form of a check. */
const Form = z.looseObject({
  rule_type: z.string(),
  properties: z.unknown().optional(),
  additional_metadata: z.looseObject({ _qualytics_check_uid: z.string() }),
});
type Form = z.infer<typeof Form>;

const make = async (body: object): Promise<number> =>
  (await trial.got(API.checks.create, "/quality-checks", { body: { container_id: shop.orders, ...body } })).id;
const exportOf = async (query: string, as = trial.admin): Promise<Form[]> =>
  z.array(Form).parse(await trial.got(API.checksAsCode.export, `/quality-checks/export?${query}`, { as }));
const importing = (datastore: number, dry = false) => `/quality-checks/import?datastore=${datastore}&dry_run=${dry}`;
const imported = (datastore: number, body: unknown[], dry = false) =>
  trial.got(API.checksAsCode.import, importing(datastore, dry), { body });
const counts = ({ created, updated, unchanged, failed }: Awaited<ReturnType<typeof imported>>) => [created, updated, unchanged, failed];

/** Checks of every awkward sort: alike but for the filter, alike but for the properties, looking elsewhere, inferred, odd in their texts. */
const stock = async (): Promise<number> => {
  const between = { rule: "between", fields: ["price"] };
  await make({ ...between, properties: { min: 0, max: 10 } });
  await make({ ...between, properties: { min: 0, max: 20 }, filter: "country = 'NO'" });
  await make({ ...between, properties: { min: 0, max: 30 }, filter: "country = 'SE'", coverage: 0.9 });
  await make({ ...between, properties: { min: 0, max: 40 }, filter: "country = 'SE'" });
  await make({
    rule: "existsIn",
    fields: ["sku"],
    properties: { ref_container_id: shop.products, ref_datastore_id: shop.datastore, field_name: "sku" },
    tags: ["links", 'ünï "quoted"'],
  });
  await make({
    rule: "satisfiesExpression",
    properties: { expression: "price > 0 OR country IN ('it''s', '😀')" },
    status: "Draft",
    description: 'odd: ’\n"',
    additional_metadata: { control: ["A", 1] },
  });
  const id = await make({ rule: "notNull", fields: ["id"], null_policy: "pass", anomaly_message_field: "sku" });
  const evidence = { text: "seen", support: 9, held_out_pass_ratio: 1, confidence: 0.9, alerts: null };
  await trial.store.db
    .updateTable("check")
    .set({ inferred: true, evidence: JSON.stringify(evidence) })
    .where("id", "=", id)
    .execute();
  return 7;
};

test("what is exported and imported again is unchanged; elsewhere it is made once", async () => {
  const number = await stock();
  const forms = await exportOf(`datastore=${shop.datastore}`);
  assert.equal(forms.length, number);
  assert.equal(new Set(forms.map(({ additional_metadata }) => additional_metadata._qualytics_check_uid)).size, number);
  assert.ok(!JSON.stringify(forms).includes('_id":'), JSON.stringify(forms));
  assert.deepEqual(forms.find(({ rule_type }) => rule_type === "existsIn")!.properties, {
    field_name: "sku",
    ref_container_name: "products",
  });
  assert.deepEqual(counts(await imported(shop.datastore, forms)), [0, 0, number, 0]);
  const elsewhere = await addStock(trial, "elsewhere");
  assert.deepEqual(counts(await imported(elsewhere.datastore, forms, true)), [number, 0, 0, 0]);
  assert.deepEqual(await exportOf(`datastore=${elsewhere.datastore}`), []);
  assert.deepEqual(counts(await imported(elsewhere.datastore, forms)), [number, 0, 0, 0]);
  assert.deepEqual(await exportOf(`datastore=${elsewhere.datastore}`), forms);
  assert.deepEqual(counts(await imported(elsewhere.datastore, forms)), [0, 0, number, 0]);
});

test("a dry run tells what would change, by what it means", async () => {
  const { datastore } = await addStock(trial, "diffs");
  const base = { container: "orders", rule_type: "between", fields: ["price"], properties: { min: 0, max: 9 } };
  await imported(datastore, [base]);
  const [form] = await exportOf(`datastore=${datastore}`);
  const cases: { name: string; form: object; changes: Record<string, unknown> }[] = [
    { name: "a default written out", form: { ...form, properties: { max: 9, min: 0, inclusive_max: true } }, changes: {} },
    {
      name: "a bound",
      form: { ...form, properties: { min: 1, max: 9 } },
      changes: {
        properties: [
          { min: 0, max: 9 },
          { min: 1, max: 9 },
        ],
      },
    },
    { name: "coverage and tags", form: { ...form, coverage: 0.5, tags: ["t"] }, changes: { coverage: [null, 0.5], tags: [[], ["t"]] } },
    { name: "a filter keeps the identity that is carried", form: { ...form, filter: "id > 1" }, changes: { filter: [null, "id > 1"] } },
    {
      name: "without an identity the same rule on the same field",
      form: { ...base, status: "Draft" },
      changes: { status: ["Active", "Draft"] },
    },
  ];
  for (const { name, form: sent, changes } of cases) {
    const { items } = await imported(datastore, [sent], true);
    assert.deepEqual([items[0]!.outcome, items[0]!.changes], [Object.keys(changes).length === 0 ? "unchanged" : "updated", changes], name);
  }
  assert.deepEqual(await exportOf(`datastore=${datastore}`), [form]);
  assert.deepEqual(counts(await imported(datastore, [{ ...form, filter: "id > 1" }, { ...base }])), [1, 1, 0, 0]);
});

test("checks that carry one identity between them stay two", async () => {
  const { datastore } = await addStock(trial, "twins");
  const twin = (filter: string) => ({
    container: "orders",
    rule_type: "between",
    fields: ["price"],
    filter,
    properties: { min: 0, max: 9 },
    additional_metadata: { _qualytics_check_uid: "orders__between__price" },
  });
  const twins = [twin("id = 1"), twin("id = 2")];
  assert.deepEqual(counts(await imported(datastore, twins)), [2, 0, 0, 0]);
  assert.deepEqual(counts(await imported(datastore, twins)), [0, 0, 2, 0]);
});

test("what is wrong is told for every check with its place, and nothing is written", async () => {
  const { datastore } = await addStock(trial, "wrong");
  const good = { container: "orders", rule_type: "unique", fields: ["id"] };
  const list = [
    good,
    { ...good, container: "oders" },
    { ...good, fields: ["ident"] },
    { ...good, filter: "((" },
    { container: "orders" },
    "text",
    { ...good, colour: 1 },
    { ...good, rule_type: "matchesPattern", fields: ["sku"], properties: { pattern: "(" } },
  ];
  const dry = await imported(datastore, list, true);
  assert.deepEqual(
    dry.items.map(({ outcome, problems }) => [outcome, problems[0]?.loc ?? null]),
    [
      ["created", null],
      ["failed", ["body", 1, "container"]],
      ["failed", ["body", 2, "fields", 0]],
      ["failed", ["body", 3, "filter"]],
      ["failed", ["body", 4]],
      ["failed", ["body", 5]],
      ["failed", ["body", 6, "colour"]],
      ["failed", ["body", 7, "properties", "pattern"]],
    ],
  );
  const refused = await trial.ask("POST", importing(datastore), { body: list });
  assert.deepEqual([refused.status, placesOf(refused).length], [422, 7]);
  assert.deepEqual(await exportOf(`datastore=${datastore}`), []);
});

test("what replaces and archives does nothing where a check is not as it was compared", async () => {
  const { datastore } = await addStock(trial, "replacing");
  const between = { container: "orders", rule_type: "between", fields: ["price"], properties: { min: 0, max: 9 } };
  await imported(datastore, [between, { container: "orders", rule_type: "notNull", fields: ["id"] }]);
  const forms = await exportOf(`datastore=${datastore}`);
  const uidOf = (form: Form): string => form.additional_metadata._qualytics_check_uid;
  const named = (form: Form) => ({ container: "orders", uid: uidOf(form) });
  const ofRule = (type: string): Form => forms.find(({ rule_type }) => rule_type === type)!;
  const [price, id] = [ofRule("between"), ofRule("notNull")];
  const expected = [price, id].map((form) => ({ ...named(form), form }));
  const unique = { container: "orders", rule_type: "unique", fields: ["id"] };
  const body = { checks: [{ ...price, properties: { min: 0, max: 50 } }, unique], retired: [named(id)], expected };
  const path = `/quality-checks/replace?datastore=${datastore}`;
  const replace = (sent: object) => trial.ask("POST", path, { body: sent });
  const checkId = async (form: Form): Promise<number> => {
    const rows = trial.store.db.selectFrom("check").innerJoin("container", "container.id", "check.container_id");
    const own = rows.where("container.datastore_id", "=", datastore).where("check.uid", "=", uidOf(form));
    return (await own.select("check.id").executeTakeFirstOrThrow()).id;
  };
  const edit = async (form: Form, change: object) =>
    assert.equal((await trial.ask("PUT", `/quality-checks/${await checkId(form)}`, { body: change })).status, 200);
  const stale: [string, () => Promise<unknown>, () => Promise<unknown>, Form, object][] = [
    ["one that is written", () => edit(price, { coverage: 0.7 }), () => edit(price, { coverage: null }), price, body],
    ["one that is archived", () => edit(id, { tags: ["kept"] }), () => edit(id, { tags: [] }), id, body],
    ["one that was archived", () => edit(id, { status: "Discarded" }), () => edit(id, { status: "Active" }), id, body],
    ["one that was not there", async () => {}, async () => {}, price, { ...body, expected: [{ ...named(price), form: null }] }],
  ];
  for (const [name, change, back, form, sent] of stale) {
    await change();
    const before = await exportOf(`datastore=${datastore}`);
    const refused = await replace(sent);
    assert.equal(saidBy(refused), "409 CHECKS_CHANGED", `${name}: ${JSON.stringify(refused)}`);
    const { why } = problemOf(refused);
    assert.deepEqual([why.includes(uidOf(form)), why.split("orders: ").length], [true, 2], `${name}: ${why}`);
    assert.deepEqual(await exportOf(`datastore=${datastore}`), before, name);
    await back();
  }
  const wrong = await replace({ ...body, checks: [...body.checks, { container: "orders", rule_type: "nothing" }] });
  assert.equal(wrong.status, 422);
  assert.deepEqual(await exportOf(`datastore=${datastore}`), forms, "nothing was archived either");
  const done = await trial.got(API.checksAsCode.replace, path, { body });
  assert.deepEqual([counts(done), done.archived], [[1, 1, 0, 0], 1], JSON.stringify(done));
  const after = await exportOf(`datastore=${datastore}`);
  assert.deepEqual(after.map(({ rule_type }) => rule_type).toSorted(), ["between", "unique"]);
  assert.equal((await replace(body)).status, 409, "the same once more is not as it was compared");
});

test("who may, and what is written down", async () => {
  const { datastore, as } = await addStock(trial, "rights");
  const body = [{ container: "orders", rule_type: "unique", fields: ["id"] }];
  const path = `/quality-checks/import?datastore=${datastore}`;
  const cases: [string, string, number][] = [
    [as.Drafter.token, path, 403],
    [as.Author.token, `${path}&dry_run=true`, 200],
    [as.Author.token, path, 200],
    [shop.as.Editor.token, path, 404],
    [as.Author.token, "/quality-checks/import", 422],
  ];
  const before = (await trial.store.db.selectFrom("audit").where("event", "=", "check.import").select("id").execute()).length;
  for (const [token, at, status] of cases) assert.equal((await trial.ask("POST", at, { body, as: token })).status, status, at);
  assert.equal((await trial.store.db.selectFrom("audit").where("event", "=", "check.import").select("id").execute()).length, before + 1);
  assert.deepEqual(await exportOf(`datastore=${datastore}`, shop.as.Editor.token), []);
  assert.deepEqual(trial.thrown, []);
});
