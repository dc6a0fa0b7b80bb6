/**
 * What leaves a source, and what does not: unique texts in values, masked values, comments, names of files and secrets; then everything is run
 * that there is, and the store, its queue, the log, the backup and the answer of every route that answers are searched for them.
 */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { z } from "zod";
import type { Route, Routes } from "@touchstone/core/routes/contract";
import { API } from "@touchstone/core/routes/index";
import { startEmbeddedPostgres, type EmbeddedPostgres } from "@touchstone/engine/conformance/embedded-postgres";
import { runDataplane } from "@touchstone/engine/worker/loop";
import { readConfig } from "./config.ts";
import { requestFor, type Ids } from "./http/examples.ts";
import { start, type Started } from "./start.ts";
import { backup } from "./store/backup.ts";
import { openStore } from "./store/database.ts";
import { wholeStore } from "./trial/dataplane.ts";
import { layStore } from "./trial/store.ts";

/** Values of fields that are not masked, of those that are, comments, secrets, and the name of a file. */
const OPEN = "zq7-open";
const MASKED = "zq7-masked";
const COMMENT = "zq7-comment";
const SECRET = "zq7-secret";
const FILE = "zq7-file";

/** Where select values of fields that are not masked may stand: docs/data-at-rest.md. */
const TABLES_WITH_VALUES = ["field_profile", "check", "check_version", "anomaly", "failed_check"].map((table) => `public.${table}`);
/** Routes that answer with what stands there, and those that ask for rows. */
const ROUTES_WITH_VALUES: readonly string[] = [
  "activity.list",
  "anomalies.get",
  "anomalies.list",
  "anomalies.listing",
  "anomalies.related",
  "anomalies.sourceRecords",
  "checks.get",
  "checks.history",
  "checks.list",
  "checks.listing",
  "checksAsCode.export",
  "containers.preview",
  "fields.statistics",
  "profiles.get",
  "search.find",
];

let folder: string;
let source: EmbeddedPostgres;
let started: Started;
let token = "";
let dataplane: Promise<unknown>;
const stop = new AbortController();
const log: string[] = [];
/** Every answer to a request that changes something, by what was asked. */
const answers: { name: string; text: string }[] = [];

const request = async (method: string, path: string, body?: unknown): Promise<{ status: number; text: string }> => {
  const response = await started.app.request(`/api${path}`, {
    method,
    headers: { "content-type": "application/json", ...(token === "" ? {} : { authorization: `Bearer ${token}` }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, text: await response.text() };
};

const Made = z.looseObject({ id: z.number() });
const Page = z.object({ items: z.array(z.looseObject({ id: z.number(), name: z.string().optional() })) });

const ask = async (method: string, path: string, body?: unknown): Promise<string> => {
  const { status, text } = await request(method, path, body);
  answers.push({ name: `${method} ${path}`, text });
  assert.ok(status < 300, `${method} ${path}: ${status} ${text}`);
  return text;
};
const make = async (path: string, body: unknown): Promise<number> => Made.parse(JSON.parse(await ask("POST", path, body))).id;
const items = async (path: string) => Page.parse(JSON.parse(await ask("GET", path))).items;

/** Runs an operation to its end, however it ends. */
const operate = async (type: string, datastoreId: number, options: object = {}): Promise<string> => {
  const id = await make("/operations/run", { type, datastore_id: datastoreId, ...options });
  for (;;) {
    const operation = z
      .looseObject({ end_time: z.string().nullable(), result: z.string() })
      .parse(JSON.parse((await request("GET", `/operations/${id}`)).text));
    if (operation.end_time !== null) return operation.result;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

const send: Parameters<typeof runDataplane>[0]["send"] = async (path, body, { token: own, signal }) => {
  const response = await started.app.request(`/api${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...(own === null ? {} : { authorization: `Bearer ${own}` }) },
    body: JSON.stringify(body),
    ...(signal === undefined ? {} : { signal }),
  });
  const text = await response.text();
  return { status: response.status, body: text === "" ? null : (JSON.parse(text) as unknown) };
};

const ROWS = 120;

const writeSources = async (): Promise<void> => {
  for (const name of ["files", "evidence"]) mkdirSync(join(folder, name));
  const rows = Array.from({ length: ROWS }, (_, i) => `${i},${OPEN}-${i},${MASKED}-${i},${i === 11 ? "" : `${OPEN}-city-${i % 5}`},${i}`);
  writeFileSync(
    join(folder, "files", `${FILE}.csv`),
    ["id,name,hidden,city,age", ...rows, `${ROWS},${OPEN}-${ROWS},${MASKED}-11,,-4`, ""].join("\n"),
  );
  source = await startEmbeddedPostgres();
  await source.admin(`CREATE SCHEMA shop; CREATE TABLE shop.orders (id int PRIMARY KEY, state text, hidden text, amount text);
    COMMENT ON TABLE shop.orders IS '${COMMENT} of the table'; COMMENT ON COLUMN shop.orders.state IS '${COMMENT} of a column';
    INSERT INTO shop.orders SELECT i, CASE WHEN i = 40 THEN NULL ELSE '${OPEN} state' END, '${MASKED} ' || i, '${OPEN} no number ' || i FROM generate_series(1, 50) i`);
};

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "touchstone-canary-"));
  await writeSources();
  await layStore(join(folder, "data"));
  const config = readConfig({ port: "0", data: join(folder, "data"), log_level: "trace" }, {});
  started = await start({ config, version: "test", logTo: { write: (line) => void log.push(line) } });
  const first = { code: started.setupCode, email: "ada@example.org", name: "Ada", password: `${SECRET} of a person` };
  token = z.object({ token: z.string() }).parse(JSON.parse((await request("POST", "/setup", first)).text)).token;
  dataplane = runDataplane({
    send,
    code: await started.inviteDataplane("embedded"),
    version: "test",
    signal: stop.signal,
    settings: { threads: 1 },
    onNote: (note) => void log.push(JSON.stringify(note)),
  });
});
after(async () => {
  stop.abort();
  await dataplane;
  await source.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A datastore whose field `hidden` is masked before anything has looked at its values. */
const register = async (body: object, enrichmentId: number | null): Promise<{ id: number; container: number }> => {
  const id = await make("/datastores", { trigger_sync: false, ...body });
  if (enrichmentId !== null) await ask("PATCH", `/datastores/${id}/enrichment/${enrichmentId}`);
  assert.equal(await operate("sync", id), "success");
  const [container] = await items(`/containers?datastore=${id}`);
  const fields = z
    .array(z.looseObject({ id: z.number(), name: z.string() }))
    .parse(JSON.parse(await ask("GET", `/containers/${container!.id}/fields`)));
  await ask("PATCH", `/fields/${fields.find(({ name }) => name === "hidden")!.id}`, { status: "Masked" });
  return { id, container: container!.id };
};

const check = (container_id: number, rule: string, fields: string[], properties: object = {}): Promise<number> =>
  make("/quality-checks", { container_id, rule, fields, properties });

/** What is asked of a check that fails, also of one that cannot be run because a value does not convert. */
const CHECKS: readonly [rule: string, fields: string[], properties?: object][] = [
  ["unique", ["hidden"]],
  ["matchesPattern", ["hidden"], { pattern: "^nothing$" }],
  ["maxLength", ["hidden"], { value: 3 }],
  ["expectedValues", ["hidden"], { list: ["x"] }],
];

const workOnFiles = async (enrichmentId: number): Promise<void> => {
  const connection_id = await make("/connections", { name: "files", type: "files", uri: join(folder, "files") });
  const { id, container } = await register({ name: "people", connection_id, root_path: "/" }, enrichmentId);
  assert.equal(await operate("profile", id, { ai_effort: "max", infer_as_draft: false }), "success");
  const own: typeof CHECKS = [
    ...CHECKS,
    ["notNull", ["city"]],
    ["notNegative", ["age"]],
    ["satisfiesExpression", [], { expression: "CAST(name AS INTEGER) > 1" }],
    ["satisfiesExpression", [], { expression: "CAST(hidden AS INTEGER) > 1" }],
  ];
  for (const [rule, fields, properties] of own) {
    const made = await check(container, rule, [...fields], properties);
    await ask("POST", `/quality-checks/${made}/dry-run`, {});
  }
  // Messages that are a value of the row: of the masked field it must be none.
  for (const [rule, field, told] of [
    ["lessThan", "age", "name"],
    ["between", "age", "hidden"],
  ]) {
    const properties = rule === "between" ? { min: -1, max: 100 } : { value: 100 };
    const described = { container_id: container, rule, fields: [field], properties, anomaly_message_field: told };
    answers.push({ name: `told by ${told}`, ...(await request("POST", "/quality-checks", described)) });
  }
  assert.equal(await operate("scan", id), "success");
  const [found] = await items(`/anomalies?datastore=${id}`);
  await ask("POST", `/anomalies/${found!.id}/comments`, { message: "looked at" });
  for (const where of ["age < 5", "CAST(name AS INTEGER) = 1", `hidden = '${"x"}'`])
    answers.push({
      name: `preview where ${where}`,
      ...(await request("GET", `/containers/${container}/preview?where=${encodeURIComponent(where)}`)),
    });
  for (const query of ["SELECT CAST(name AS INTEGER) AS n FROM zq7", `SELECT CAST(name AS INTEGER) AS n FROM "${FILE}"`]) {
    const computed = { container_type: "computed_table", name: `broken ${query.length}`, datastore_id: id, query };
    answers.push({ name: query, ...(await request("POST", "/containers", computed)) });
  }
  await operate("profile", id);
  for (const asset of ["anomalies", "quality-checks", "field-profiles"])
    answers.push({ name: `export ${asset}`, ...(await request("POST", `/export/${asset}?datastore=${id}`)) });
  await operate("scan", id, { incremental: true });
};

const workOnPostgres = async (enrichmentId: number): Promise<void> => {
  const { hostname, port } = new URL(source.url);
  const settings = {
    host: hostname,
    port: Number(port),
    username: "postgres",
    password: `${SECRET} of a source`,
    parameters: { sslmode: "disable" },
  };
  const connection_id = await make("/connections", { name: "shop", type: "postgresql", ...settings });
  const { id, container } = await register({ name: "shop", connection_id, database: "postgres", schema: "shop" }, enrichmentId);
  assert.equal(await operate("profile", id, { ai_effort: "max" }), "success");
  for (const [rule, fields, properties] of [
    ...CHECKS,
    ["notNull", ["state"]],
    ["satisfiesExpression", [], { expression: "CAST(amount AS INTEGER) > 1" }],
  ] as typeof CHECKS)
    await check(container, rule, [...fields], properties);
  assert.equal(await operate("scan", id), "success");
  const computed = {
    container_type: "computed_table",
    name: "broken",
    datastore_id: id,
    query: "SELECT id, amount::int AS amount FROM orders",
  };
  answers.push({ name: "a computed table", ...(await request("POST", "/containers", computed)) });
  await operate("profile", id);
  const nowhere = await make("/connections", { name: "nowhere", type: "postgresql", ...settings, port: 1 });
  const unreachable = await make("/datastores", { name: "unreachable", connection_id: nowhere, database: "postgres", trigger_sync: false });
  assert.equal(await operate("sync", unreachable), "failure");
  answers.push({ name: "a test", ...(await request("POST", `/connections/${nowhere}/test`, { password: `${SECRET} tried out` })) });
};

const entries: { name: string; route: Route }[] = Object.entries(API).flatMap(([noun, routes]: [string, Routes]) =>
  Object.entries(routes).map(([verb, route]) => ({ name: `${noun}.${verb}`, route })),
);

/** Rounds in which each route that answers is asked about other objects. */
const ROUNDS = 4;

const idsOfRounds = async (): Promise<Ids[]> => {
  const idsAt = async (path: string): Promise<number[]> => (await items(path)).map(({ id }) => id);
  const lists = {
    datastore: await idsAt("/datastores"),
    container: await idsAt("/containers?size=100"),
    check: await idsAt("/quality-checks?size=500"),
    anomaly: await idsAt("/anomalies?archived=include&size=500"),
    operation: await idsAt("/operations?size=100"),
    connection: await idsAt("/connections"),
  };
  const spread = (ids: readonly number[], round: number): number =>
    ids[Math.floor((round * ids.length) / ROUNDS)] ?? ids[round % ids.length] ?? 1;
  return Array.from({ length: ROUNDS }, (_, round) => ({
    ...Object.fromEntries(Object.entries(lists).map(([noun, ids]) => [noun, spread(ids, round)])),
    field: round + 1,
    profile: round + 1,
    user: 1,
    team: 1,
  }));
};

/** What every route that answers has answered, over all rounds. */
const readEverything = async (): Promise<Map<string, string>> => {
  const texts = new Map<string, string>();
  for (const ids of await idsOfRounds())
    for (const { name, route } of entries) {
      if (route.method !== "GET" || route.needs.kind === "provisioning") continue;
      const { path } = requestFor(route, { ...ids, "quality-check": ids["check"]! }, undefined);
      const wide =
        route.path === "/anomalies" || route.path === "/quality-checks" ? `${path}${path.includes("?") ? "&" : "?"}size=500` : path;
      texts.set(name, `${texts.get(name) ?? ""}\n${(await request("GET", name === "search.find" ? `/search?q=zq7` : wide)).text}`);
    }
  return texts;
};

/** Texts by where they are, in which a word is found. */
const placesOf = (texts: Iterable<readonly [string, string]>, word: string): string[] =>
  [...texts].flatMap(([where, text]) => (text.includes(word) ? [where] : [])).toSorted();

test("values of a source stand where it is said that they may; masked ones, comments and secrets stand nowhere", async () => {
  const connection_id = await make("/connections", { name: "evidence", type: "files", uri: join(folder, "evidence") });
  const enrichmentId = await make("/datastores", {
    name: "evidence",
    connection_id,
    root_path: "/",
    enrichment_only: true,
    trigger_sync: false,
  });
  await workOnFiles(enrichmentId);
  await workOnPostgres(enrichmentId);
  const read = await readEverything();
  stop.abort();
  await dataplane;
  await started.stop();

  const store = await openStore({ url: null, folder: join(folder, "data") });
  const tables = await wholeStore({ store });
  await backup(store.db, join(folder, "backup.gz"));
  await store.close();
  const saved = gunzipSync(readFileSync(join(folder, "backup.gz"))).toString("utf8");
  const everywhere = new Map([
    ...[...tables].map(([table, text]) => [`table ${table}`, text] as const),
    ...[...read].map(([name, text]) => [`route ${name}`, text] as const),
    ...answers.map(({ name, text }) => [`answer to ${name}`, text] as const),
    ["log", log.join("\n")] as const,
    ["backup", saved] as const,
  ]);

  for (const word of [MASKED, COMMENT, SECRET]) assert.deepEqual(placesOf(everywhere, word), [], word);
  assert.deepEqual(
    placesOf(tables, OPEN).filter((table) => !TABLES_WITH_VALUES.includes(table)),
    [],
    "values in the store",
  );
  assert.deepEqual(
    placesOf(read, OPEN).filter((name) => !ROUTES_WITH_VALUES.includes(name)),
    [],
    "values in answers",
  );
  assert.deepEqual(placesOf([["log", log.join("\n")]], OPEN), [], "values in the log");
  // The search finds what is there, so that finding nothing means something.
  assert.deepEqual(
    placesOf(tables, OPEN).filter((table) => table !== "public.check_version"),
    TABLES_WITH_VALUES.filter((table) => table !== "public.check_version").toSorted(),
  );
  for (const route of ["anomalies.list", "anomalies.sourceRecords", "containers.preview", "fields.statistics", "checks.list"])
    assert.ok(placesOf(read, OPEN).includes(route), `${route} answers with values`);
  assert.ok(placesOf(tables, FILE).includes("public.container"), "a file's name is that of its container");
  assert.deepEqual(
    placesOf(tables, FILE).filter((table) => table.startsWith("queue.")),
    [],
  );
  assert.doesNotMatch(log.join("\n"), /nobody expected/);
});
