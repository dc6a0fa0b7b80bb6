/** Templates over the API: what they decide for the checks made from them, and what they leave to these. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
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

type Answered = {
  id: number;
  version: number;
  properties: object;
  filter: string | null;
  global_tags: { name: string }[];
  template_checks_count: number;
  template_id: number | null;
  template_locked: boolean;
  fields: { name: string }[];
};

const asked = async (method: string, path: string, body: unknown, status: number, as = manager): Promise<Answered> => {
  const answer = await trial.ask(method, path, { as, ...(body === undefined ? {} : { body }) });
  assert.equal(answer.status, status, `${method} ${path}: ${JSON.stringify(answer.body)}`);
  return answer.body as Answered;
};
const template = (more: object): Promise<Answered> =>
  asked("POST", "/quality-check-templates", { rule: "between", properties: { min: 0, max: 10 }, ...more }, 201);
const use = async (id: number, more: object = {}): Promise<Answered[]> => {
  const containers = [{ container_id: shop.orders }, { container_id: shop.products }];
  const made = await asked("POST", `/quality-check-templates/${id}/checks`, { containers, fields: ["price"], ...more }, 201, trial.admin);
  return (made as unknown as { items: Answered[] }).items;
};
const tagsOf = (check: Answered): string[] => check.global_tags.map(({ name }) => name);
const check = (id: number) => asked("GET", `/quality-checks/${id}`, undefined, 200, trial.admin);

test("a template is made without a container, found, counted and deleted; its checks stay", async () => {
  const made = await template({ tags: ["lib"], description: "sensible prices", coverage: 0.95, additional_metadata: { a: 1 } });
  assert.deepEqual(made.fields, []);
  const checks = await use(made.id);
  assert.deepEqual(
    checks.map(({ template_id, properties, fields }) => [template_id, properties, fields[0]?.name]),
    [made.id, made.id].map((id) => [id, { min: 0, max: 10 }, "price"]),
  );
  assert.deepEqual(tagsOf(checks[0]!), ["lib"]);
  assert.equal((await asked("GET", `/quality-check-templates/${made.id}`, undefined, 200)).template_checks_count, 2);
  const items = async (path: string) =>
    ((await asked("GET", path, undefined, 200)) as unknown as { items: Answered[] }).items.map(({ id }) => id);
  assert.deepEqual(await items("/quality-checks?template_only=true&tag=lib"), [made.id]);
  assert.deepEqual(await items("/quality-check-templates?search=sensible"), [made.id]);
  assert.deepEqual(await items("/quality-check-templates?template_locked=true"), []);
  const derived = (await asked("GET", `/quality-checks?template=${made.id}`, undefined, 200, trial.admin)) as unknown as { total: number };
  assert.equal(derived.total, 2);
  await asked("DELETE", `/quality-check-templates/${made.id}`, undefined, 204);
  assert.equal((await check(checks[0]!.id)).template_id, null);
});

test("an unlocked template leaves its checks alone, but for its tags", async () => {
  const { id } = await template({ tags: ["one"] });
  const [first] = await use(id, { tags: ["own"] });
  assert.deepEqual(tagsOf(first!), ["one", "own"]);
  await asked("PUT", `/quality-check-templates/${id}`, { properties: { min: 5, max: 6 }, tags: ["two"], description: "others" }, 200);
  const after = await check(first!.id);
  assert.deepEqual([after.properties, tagsOf(after)], [{ min: 0, max: 10 }, ["own", "two"]]);
  await asked("PUT", `/quality-checks/${first!.id}`, { properties: { min: 1, max: 2 } }, 200, trial.admin);
});

test("a locked template decides what its checks assert, and they cannot diverge", async () => {
  const { id } = await template({ template_locked: true });
  const [first, second] = await use(id, { status: "Draft" });
  await asked("PUT", `/quality-check-templates/${id}`, { properties: { min: 5, max: 6 }, filter: "price > 0" }, 200);
  for (const one of [first!, second!]) {
    const after = await check(one.id);
    assert.deepEqual([after.properties, after.filter, after.version], [{ min: 5, max: 6 }, "price > 0", 2]);
  }
  const path = `/quality-checks/${first!.id}`;
  await asked("PUT", path, { properties: { min: 5, max: 7 } }, 409, trial.admin);
  await asked("PUT", path, { filter: null }, 409, trial.admin);
  await asked(
    "PUT",
    path,
    { properties: { min: 5, max: 6, inclusive_min: true }, filter: "price > 0", description: "ours", status: "Active" },
    200,
    trial.admin,
  );
  const body = { containers: [{ container_id: shop.orders }], fields: ["price"] };
  await asked("POST", `/quality-check-templates/${id}/checks`, body, 201, trial.admin);
});

test("a locked template that does not fit one of its containers is refused whole", async () => {
  const { id } = await template({ template_locked: true });
  const [first] = await use(id);
  const refused = await asked("PUT", `/quality-check-templates/${id}`, { filter: "country = 'NO'" }, 422);
  assert.match(JSON.stringify(refused), /in products: .*country/);
  assert.deepEqual(
    [(await check(first!.id)).filter, (await asked("GET", `/quality-check-templates/${id}`, undefined, 200)).filter],
    [null, null],
  );
});

test("locking a template brings its checks back to it", async () => {
  const { id } = await template({});
  const [first] = await use(id);
  await asked("PUT", `/quality-checks/${first!.id}`, { properties: { min: 1, max: 2 } }, 200, trial.admin);
  await asked("PUT", `/quality-check-templates/${id}`, { template_locked: true }, 200);
  const after = await check(first!.id);
  assert.deepEqual([after.properties, after.template_locked], [{ min: 0, max: 10 }, true]);
});

test("a check may be made from a template with parts of its own", async () => {
  const open = await template({ filter: "price > 1" });
  const locked = await template({ filter: "price > 1", template_locked: true });
  const make = (template_id: number) =>
    asked(
      "POST",
      "/quality-checks",
      { container_id: shop.orders, template_id, fields: ["price"], properties: { min: 3, max: 4 } },
      201,
      trial.admin,
    );
  const [own, held] = [await make(open.id), await make(locked.id)];
  assert.deepEqual([own.properties, own.filter], [{ min: 3, max: 4 }, "price > 1"]);
  assert.deepEqual([held.properties, held.filter], [{ min: 0, max: 10 }, "price > 1"]);
});

test("what is refused, and how", async () => {
  const { id } = await template({});
  const { id: plain } = await asked(
    "POST",
    "/quality-checks",
    { container_id: shop.orders, rule: "unique", fields: ["id"] },
    201,
    trial.admin,
  );
  const containers = [{ container_id: shop.orders }];
  const body = { containers, fields: ["price"] };
  const cases: { name: string; ask: [string, string, unknown?]; as?: string; status: number }[] = [
    { name: "a member", ask: ["POST", "/quality-check-templates", { rule: "unique" }], as: shop.as.Editor.token, status: 403 },
    { name: "a member reads", ask: ["GET", `/quality-check-templates/${id}`], as: shop.as.Reporter.token, status: 200 },
    { name: "no rule", ask: ["POST", "/quality-check-templates", {}], status: 422 },
    { name: "an unknown rule", ask: ["POST", "/quality-check-templates", { rule: "nope" }], status: 422 },
    { name: "properties that are missing", ask: ["POST", "/quality-check-templates", { rule: "between" }], status: 422 },
    { name: "a filter that does not parse", ask: ["PUT", `/quality-check-templates/${id}`, { filter: "((" }], status: 422 },
    { name: "another rule", ask: ["PUT", `/quality-check-templates/${id}`, { rule: "unique" }], status: 422 },
    { name: "a check is no template", ask: ["GET", `/quality-check-templates/${plain}`], status: 404 },
    { name: "one that is not there", ask: ["DELETE", "/quality-check-templates/999999"], status: 404 },
    { name: "a template is no check to edit", ask: ["PUT", `/quality-checks/${id}`, { description: "x" }], as: "admin", status: 409 },
    { name: "nor to delete", ask: ["DELETE", `/quality-checks/${id}`], as: "admin", status: 409 },
    { name: "nor to run", ask: ["POST", `/quality-checks/${id}/dry-run`, {}], as: "admin", status: 409 },
    {
      name: "an active check by a drafter",
      ask: ["POST", `/quality-check-templates/${id}/checks`, { ...body, status: "Active" }],
      as: shop.as.Drafter.token,
      status: 403,
    },
    {
      name: "a draft by a drafter",
      ask: ["POST", `/quality-check-templates/${id}/checks`, { ...body, status: "Draft" }],
      as: shop.as.Drafter.token,
      status: 201,
    },
    { name: "a foreign container", ask: ["POST", `/quality-check-templates/${id}/checks`, body], status: 404 },
    {
      name: "a field that is not there",
      ask: ["POST", `/quality-check-templates/${id}/checks`, { containers, fields: ["prise"] }],
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
