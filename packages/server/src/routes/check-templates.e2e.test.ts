/** Templates over the API: what they decide for the checks made from them, and what they leave to these. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { API } from "@touchstone/core/routes/index";
import { addStock, type Stock } from "../trial/stock.ts";
import { openTrial, type Trial } from "../trial/trial.ts";

let trial: Trial;
let shop: Stock;
let manager: string;
before(async () => {
  trial = await openTrial();
  shop = await addStock(trial, "shop");
  manager = (await trial.user("Manager")).token;
});
after(() => trial.close());

const TEMPLATES = "/quality-check-templates";
const template = (more: object) =>
  trial.got(API.checkTemplates.create, TEMPLATES, { as: manager, body: { rule: "between", properties: { min: 0, max: 10 }, ...more } });
const read = (id: number) => trial.got(API.checkTemplates.get, `${TEMPLATES}/${id}`, { as: manager });
const change = (id: number, body: object) => trial.got(API.checkTemplates.update, `${TEMPLATES}/${id}`, { as: manager, body });
const use = async (id: number, more: object = {}) => {
  const containers = [{ container_id: shop.orders }, { container_id: shop.products }];
  return (await trial.got(API.checkTemplates.use, `${TEMPLATES}/${id}/checks`, { body: { containers, fields: ["price"], ...more } })).items;
};
const tagsOf = ({ global_tags }: { global_tags: { name: string }[] }): string[] => global_tags.map(({ name }) => name);
const check = (id: number) => trial.got(API.checks.get, `/quality-checks/${id}`);
const make = (body: object) => trial.got(API.checks.create, "/quality-checks", { body: { container_id: shop.orders, ...body } });
const edit = (id: number, body: object) => trial.got(API.checks.update, `/quality-checks/${id}`, { body });

test("a template is made without a container, found, counted and deleted; its checks stay", async () => {
  const made = await template({ tags: ["lib"], description: "sensible prices", coverage: 0.95, additional_metadata: { a: 1 } });
  assert.deepEqual(made.fields, []);
  const checks = await use(made.id);
  assert.deepEqual(
    checks.map(({ template_id, properties, fields }) => [template_id, properties, fields[0]?.name]),
    [made.id, made.id].map((id) => [id, { min: 0, max: 10 }, "price"]),
  );
  assert.deepEqual(tagsOf(checks[0]!), ["lib"]);
  assert.equal((await read(made.id)).template_checks_count, 2);
  const items = async (path: string) => (await trial.got(API.checks.list, path, { as: manager })).items.map(({ id }) => id);
  assert.deepEqual(await items("/quality-checks?template_only=true&tag=lib"), [made.id]);
  assert.deepEqual(await items(`${TEMPLATES}?search=sensible`), [made.id]);
  assert.deepEqual(await items(`${TEMPLATES}?template_locked=true`), []);
  assert.equal((await trial.got(API.checks.list, `/quality-checks?template=${made.id}`)).total, 2);
  assert.equal((await trial.ask("DELETE", `${TEMPLATES}/${made.id}`, { as: manager })).status, 204);
  assert.equal((await check(checks[0]!.id)).template_id, null);
});

test("an unlocked template leaves its checks alone, but for its tags", async () => {
  const { id } = await template({ tags: ["one"] });
  const [first] = await use(id, { tags: ["own"] });
  assert.deepEqual(tagsOf(first!), ["one", "own"]);
  await change(id, { properties: { min: 5, max: 6 }, tags: ["two"], description: "others" });
  const after = await check(first!.id);
  assert.deepEqual([after.properties, tagsOf(after)], [{ min: 0, max: 10 }, ["own", "two"]]);
  await edit(first!.id, { properties: { min: 1, max: 2 } });
});

test("a locked template decides what its checks assert, and they cannot diverge", async () => {
  const { id } = await template({ template_locked: true });
  const [first, second] = await use(id, { status: "Draft" });
  await change(id, { properties: { min: 5, max: 6 }, filter: "price > 0" });
  for (const one of [first!, second!]) {
    const after = await check(one.id);
    assert.deepEqual([after.properties, after.filter, after.version], [{ min: 5, max: 6 }, "price > 0", 2]);
  }
  for (const body of [{ properties: { min: 5, max: 7 } }, { filter: null }])
    assert.equal((await trial.ask("PUT", `/quality-checks/${first!.id}`, { body })).status, 409, JSON.stringify(body));
  await edit(first!.id, {
    properties: { min: 5, max: 6, inclusive_min: true },
    filter: "price > 0",
    description: "ours",
    status: "Active",
  });
  await use(id, { containers: [{ container_id: shop.orders }] });
});

test("a locked template that does not fit one of its containers is refused whole", async () => {
  const { id } = await template({ template_locked: true });
  const [first] = await use(id);
  const refused = await trial.ask("PUT", `${TEMPLATES}/${id}`, { as: manager, body: { filter: "country = 'NO'" } });
  assert.equal(refused.status, 422);
  assert.match(JSON.stringify(refused.body), /in products: .*country/);
  assert.deepEqual([(await check(first!.id)).filter, (await read(id)).filter], [null, null]);
});

test("locking a template brings its checks back to it", async () => {
  const { id } = await template({});
  const [first] = await use(id);
  await edit(first!.id, { properties: { min: 1, max: 2 } });
  await change(id, { template_locked: true });
  const after = await check(first!.id);
  assert.deepEqual([after.properties, after.template_locked], [{ min: 0, max: 10 }, true]);
});

test("a check may be made from a template with parts of its own", async () => {
  const open = await template({ filter: "price > 1" });
  const locked = await template({ filter: "price > 1", template_locked: true });
  const from = (template_id: number) => make({ template_id, fields: ["price"], properties: { min: 3, max: 4 } });
  const [own, held] = [await from(open.id), await from(locked.id)];
  assert.deepEqual([own.properties, own.filter], [{ min: 3, max: 4 }, "price > 1"]);
  assert.deepEqual([held.properties, held.filter], [{ min: 0, max: 10 }, "price > 1"]);
});

test("what is refused, and how", async () => {
  const { id } = await template({});
  const { id: plain } = await make({ rule: "unique", fields: ["id"] });
  const containers = [{ container_id: shop.orders }];
  const body = { containers, fields: ["price"] };
  const cases: { name: string; ask: [string, string, unknown?]; as?: string; status: number }[] = [
    { name: "a member", ask: ["POST", TEMPLATES, { rule: "unique" }], as: shop.as.Editor.token, status: 403 },
    { name: "a member reads", ask: ["GET", `${TEMPLATES}/${id}`], as: shop.as.Reporter.token, status: 200 },
    { name: "no rule", ask: ["POST", TEMPLATES, {}], status: 422 },
    { name: "an unknown rule", ask: ["POST", TEMPLATES, { rule: "nope" }], status: 422 },
    { name: "properties that are missing", ask: ["POST", TEMPLATES, { rule: "between" }], status: 422 },
    { name: "a filter that does not parse", ask: ["PUT", `${TEMPLATES}/${id}`, { filter: "((" }], status: 422 },
    { name: "another rule", ask: ["PUT", `${TEMPLATES}/${id}`, { rule: "unique" }], status: 422 },
    { name: "a check is no template", ask: ["GET", `${TEMPLATES}/${plain}`], status: 404 },
    { name: "one that is not there", ask: ["DELETE", "/quality-check-templates/999999"], status: 404 },
    { name: "a template is no check to edit", ask: ["PUT", `/quality-checks/${id}`, { description: "x" }], as: "admin", status: 409 },
    { name: "nor to delete", ask: ["DELETE", `/quality-checks/${id}`], as: "admin", status: 409 },
    { name: "nor to run", ask: ["POST", `/quality-checks/${id}/dry-run`, {}], as: "admin", status: 409 },
    {
      name: "an active check by a drafter",
      ask: ["POST", `${TEMPLATES}/${id}/checks`, { ...body, status: "Active" }],
      as: shop.as.Drafter.token,
      status: 403,
    },
    {
      name: "a draft by a drafter",
      ask: ["POST", `${TEMPLATES}/${id}/checks`, { ...body, status: "Draft" }],
      as: shop.as.Drafter.token,
      status: 201,
    },
    { name: "a foreign container", ask: ["POST", `${TEMPLATES}/${id}/checks`, body], status: 404 },
    {
      name: "a field that is not there",
      ask: ["POST", `${TEMPLATES}/${id}/checks`, { containers, fields: ["prise"] }],
      as: "admin",
      status: 422,
    },
  ];
  for (const {
    name,
    ask: [method, path, sent],
    as = manager,
    status,
  } of cases) {
    const answer = await trial.ask(method, path, { as: as === "admin" ? trial.admin : as, ...(sent === undefined ? {} : { body: sent }) });
    assert.equal(answer.status, status, `${name}: ${JSON.stringify(answer.body)}`);
  }
  assert.deepEqual(trial.thrown, []);
});
