/** Datastores over the API: made, changed, linked and deleted; who may, and what is refused. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openTrial, type Trial } from "../trial/trial.ts";

let trial: Trial;
before(async () => void (trial = await openTrial()));
after(() => trial.close());

type Row = Record<string, unknown> & { id: number; items: Row[]; latest_operation: { type: string; result: string } | null };
type Ask = [string, string, object?, string?];
const ask = async (...[method, path, body, as]: Ask) =>
  trial.ask(method, path, { ...(body === undefined ? {} : { body }), ...(as === undefined ? {} : { as }) });
const ok = async (...question: Ask): Promise<Row> => {
  const answer = await ask(...question);
  assert.ok(answer.status < 300, `${question[0]} ${question[1]} ${JSON.stringify(answer.body)}`);
  return answer.body as Row;
};
const codeOf = async (...question: Ask): Promise<string> => {
  const { status, body } = await ask(...question);
  return `${status} ${(body as { code?: string } | null)?.code ?? ""}`.trim();
};

let connections = 0;
const connection = (type = "postgresql") =>
  ok("POST", "/connections", { name: `connection ${++connections}`, type, host: "db.example.org" });
const datastore = async (name: string, more: object = {}) =>
  ok("POST", "/datastores", {
    name,
    connection_id: (await connection()).id,
    database: "shop",
    schema: "sales",
    trigger_sync: false,
    ...more,
  });
/** A member of a team of their own, which has the permission on the datastores. */
const teammate = async (permission: string, datastore_ids: number[]) => {
  const { id, token } = await trial.user("Member");
  const team = await ok("POST", "/teams", { name: `${permission} ${id}`, permission, user_ids: [id], datastore_ids });
  return { id, token, team };
};

test("a datastore is made on a connection, with teams, tags and defaults, and synced in the same breath", async () => {
  const { id: connection_id } = await connection();
  await ok("POST", "/teams", { name: "Sales", permission: "Editor" });
  const body = { name: "Shop 1 (live)", connection_id, database: "shop", schema: "sales", teams: ["sales"], tags: ["pricing", "Pricing"] };
  const made = await ok("POST", "/datastores", { ...body, trigger_sync: true, enrichment_prefix: null });
  assert.deepEqual(
    [made.type, made.store_type, made.enrichment_prefix, made.enrichment_source_record_limit, made.high_count_rollup_threshold],
    ["postgresql", "jdbc", "_shop_1_live", 10, 10],
  );
  assert.deepEqual([(made.teams as Row[])[0]!.name, (made.global_tags as Row[]).map(({ name }) => name)], ["Sales", ["Pricing"]]);
  assert.deepEqual([made.latest_operation?.type, made.latest_operation?.result], ["sync", "queued"]);
  assert.deepEqual((await ok("GET", `/connections/${connection_id}`)).datastores, [{ id: made.id, name: "Shop 1 (live)" }]);
  assert.equal(await codeOf("DELETE", `/connections/${connection_id}`), "409 OBJECT_IN_USE");
});

test("a connection described in place is made with the datastore, or not at all", async () => {
  const described = { name: "described", type: "postgresql", host: "h", username: "u", password: "canary-in-place" };
  const made = await ok("POST", "/datastores", { name: "in place", connection: described, database: "d", trigger_sync: false });
  const seen = await ok("GET", `/connections/${made.connection_id as number}`);
  assert.deepEqual([seen.name, seen.username], ["described", "u"]);
  const again = { name: "in place", connection: { ...described, name: "not kept" }, database: "d" };
  assert.equal(await codeOf("POST", "/datastores", again), "409 OBJECT_EXISTS");
  assert.equal((await ok("GET", "/connections?name=not%20kept")).total, 0);
});

test("what was read can be sent back changed", async () => {
  const made = await datastore("round trip", { tags: ["a"], teams: ["Public"], additional_metadata: { cutoff: "x" } });
  const changed = await ok("PUT", `/datastores/${made.id}`, {
    ...made,
    name: "round trip 2",
    teams: ["Public"],
    enrichment_prefix: "other",
  });
  assert.deepEqual(
    { ...changed, name: "", enrichment_prefix: "" },
    { ...made, name: "", enrichment_prefix: "" },
    "only what was changed is another",
  );
  assert.deepEqual([changed.name, changed.enrichment_prefix], ["round trip 2", "_other"]);
  const files = await ok("POST", "/datastores", { name: "f", connection_id: (await connection("files")).id, trigger_sync: false });
  assert.deepEqual([files.store_type, files.root_path, files.database], ["dfs", "/", null]);
});

test("lists show what the caller may see, and filter", async () => {
  const [mine, other] = [await datastore("Mine", { tags: ["north"] }), await datastore("Other")];
  for (const { id } of [mine, other]) await ok("PUT", `/datastores/${id}`, { teams: [] });
  const { token } = await teammate("Reporter", [mine.id]);
  const names = async (path: string, as?: string) => {
    const { body } = await ask("GET", path, undefined, as);
    return ("items" in (body as Row) ? (body as Row).items : (body as Row[])).map(({ name }) => name);
  };
  assert.deepEqual(await names("/datastores?search=m", token), ["Mine"]);
  assert.ok(!(await names("/datastores/listing", token)).includes("Other"));
  assert.deepEqual(await names("/datastores?tag=NORTH"), ["Mine"]);
  assert.deepEqual(await names("/datastores?name=othe&datastore_type=postgresql&datastore_type=s3&enrichment_only=false"), ["Other"]);
  assert.deepEqual(await names(`/datastores?connection=${String(other.connection_id)}&sort=-created`), ["Other"]);
  assert.equal(await codeOf("GET", `/datastores/${other.id}`, undefined, token), "404 OBJECT_UNKNOWN");
  assert.deepEqual(
    (await ok("GET", "/teams?search=Reporter", undefined, token)).items.flatMap((team) => team.datastores),
    [{ id: mine.id, name: "Mine" }],
  );
});

test("failing rows are sent to an enrichment datastore, and no more", async () => {
  const [source, target] = [await datastore("source"), await datastore("target", { enrichment_only: true })];
  const linked = await ok("PATCH", `/datastores/${source.id}/enrichment/${target.id}`);
  assert.deepEqual(linked.enrich_datastore, { id: target.id, name: "target" });
  assert.equal(await codeOf("DELETE", `/datastores/${target.id}`), "409 OBJECT_IN_USE");
  await ok("PUT", `/datastores/${source.id}`, { enrichment_remediation_strategy: "append" });
  const row = { type: "export", datastore_id: source.id, result: "running", message: null, user_id: null, schedule_id: null };
  const operation = await trial.store.db.insertInto("operation").values(row).returning("id").executeTakeFirstOrThrow();
  assert.equal(await codeOf("DELETE", `/datastores/${source.id}/enrichment`), "409 OBJECT_STATE_WRONG");
  await trial.store.db.updateTable("operation").set({ result: "success" }).where("id", "=", operation.id).execute();
  assert.equal(await codeOf("DELETE", `/datastores/${source.id}/enrichment`), "204");
  const unlinked = await ok("GET", `/datastores/${source.id}`);
  assert.deepEqual([unlinked.enrich_datastore, unlinked.enrichment_remediation_strategy], [null, "none"]);
  assert.equal(await codeOf("PATCH", `/datastores/${target.id}/enrichment/${source.id}`), "409 OBJECT_STATE_WRONG");
});

test("a deleted datastore takes its links with it", async () => {
  const made = await datastore("short-lived", { tags: ["gone"] });
  assert.equal(await codeOf("DELETE", `/datastores/${made.id}`), "204");
  const links = trial.store.db.selectFrom("tag_link").where("noun", "=", "datastore").where("object_id", "=", made.id);
  assert.deepEqual(await links.selectAll().execute(), []);
  assert.equal(await codeOf("GET", `/datastores/${made.id}`), "404 OBJECT_UNKNOWN");
});

test("what is refused, and how", async () => {
  const { id, connection_id } = await datastore("taken");
  await ok("PUT", `/datastores/${id}`, { teams: [] });
  const manager = await trial.user("Manager");
  const [editor, author] = [await teammate("Editor", [id]), await teammate("Author", [id])];
  const input = { name: "new", connection_id, database: "d" };
  const cases: { name: string; ask: Ask; code: string }[] = [
    { name: "made by a member", ask: ["POST", "/datastores", input, editor.token], code: "403 NOT_ALLOWED" },
    { name: "made by a manager who is no editor of it", ask: ["POST", "/datastores", input, manager.token], code: "403 NOT_ALLOWED" },
    { name: "changed by an author", ask: ["PUT", `/datastores/${id}`, { name: "x" }, author.token], code: "403 NOT_ALLOWED" },
    { name: "changed by an editor", ask: ["PUT", `/datastores/${id}`, { tags: ["x"] }, editor.token], code: "200" },
    { name: "moved by an editor", ask: ["PUT", `/datastores/${id}`, { schema: "payroll" }, editor.token], code: "403 NOT_ALLOWED" },
    { name: "deleted by an editor", ask: ["DELETE", `/datastores/${id}`, undefined, editor.token], code: "403 NOT_ALLOWED" },
    { name: "a foreign one", ask: ["PUT", `/datastores/${id}`, {}, manager.token], code: "404 OBJECT_UNKNOWN" },
    { name: "a name again", ask: ["POST", "/datastores", { ...input, name: "TAKEN" }], code: "409 OBJECT_EXISTS" },
    { name: "no connection", ask: ["POST", "/datastores", { name: "x", database: "d" }], code: "422 REQUEST_INVALID" },
    { name: "an unknown connection", ask: ["POST", "/datastores", { ...input, connection_id: 999999 }], code: "404 OBJECT_UNKNOWN" },
    { name: "no database", ask: ["POST", "/datastores", { name: "x", connection_id }], code: "422 REQUEST_INVALID" },
    { name: "an unknown team", ask: ["POST", "/datastores", { ...input, teams: ["none"] }], code: "404 OBJECT_UNKNOWN" },
    { name: "a prefix in capitals", ask: ["POST", "/datastores", { ...input, enrichment_prefix: "_Sales" }], code: "422 REQUEST_INVALID" },
    {
      name: "a prefix too long",
      ask: ["POST", "/datastores", { ...input, enrichment_prefix: `_${"x".repeat(60)}` }],
      code: "422 REQUEST_INVALID",
    },
    { name: "a limit of none", ask: ["POST", "/datastores", { ...input, enrichment_source_record_limit: 0 }], code: "422 REQUEST_INVALID" },
    { name: "a threshold too high", ask: ["PUT", `/datastores/${id}`, { high_count_rollup_threshold: 1001 }], code: "422 REQUEST_INVALID" },
    { name: "linked to itself", ask: ["PATCH", `/datastores/${id}/enrichment/${id}`], code: "409 OBJECT_STATE_WRONG" },
    { name: "linked to nothing", ask: ["PATCH", `/datastores/${id}/enrichment/999999`], code: "404 OBJECT_UNKNOWN" },
    { name: "tried before it is saved", ask: ["POST", "/datastores/connection", input], code: "503 DATAPLANE_ABSENT" },
    { name: "tried without a connection", ask: ["POST", "/datastores/connection", {}], code: "422 REQUEST_INVALID" },
    { name: "tried as it is saved", ask: ["POST", `/datastores/${id}/connection`, undefined, editor.token], code: "503 DATAPLANE_ABSENT" },
    { name: "tried by an author", ask: ["POST", `/datastores/${id}/connection`, undefined, author.token], code: "403 NOT_ALLOWED" },
    { name: "an order there is not", ask: ["GET", "/datastores?sort=colour"], code: "422 REQUEST_INVALID" },
  ];
  for (const { name, ask: question, code } of cases) assert.equal(await codeOf(...question), code, name);
  assert.equal((await ok("GET", "/datastores?name=new")).total, 0, "what was refused left nothing behind");
  assert.deepEqual(trial.thrown, []);
});
