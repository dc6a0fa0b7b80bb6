/**
 * Every route as everybody: what is answered must be what the route's needs declare. Routes are taken from the contract, so one
 * that is added is held by this test without its being edited; only a body that cannot be made from its schema is given in BODIES.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { z } from "zod";
import { takesKey, TeamPermission, type Need, type Role, type Route, type Routes } from "@touchstone/core/routes/contract";
import { API } from "@touchstone/core/routes/index";
import { hasRole } from "../auth/principal.ts";
import { openTrial, type Answer, type Trial } from "../trial/trial.ts";
import * as objects from "../trial/objects.ts";
import { requestFor, type Example, type Ids } from "./examples.ts";

/** Stands in the name of everything that belongs to a datastore: who has no permission on it must never read it. */
const CANARY = "zq7canary";
const FIELD = `${CANARY}_field`;

/** Bodies whose schemas say less than they check. */
const PATCH = () => ({ Operations: [{ op: "replace", path: "active", value: false }] });

const BODIES: Readonly<Record<string, (ids: Ids) => unknown>> = {
  "directory.patchUser": PATCH,
  "directory.patchGroup": PATCH,
  // What a drafter may make: an active check is for authors.
  "checks.create": ({ container }) => ({ rule: "notNull", container_id: container, fields: [FIELD], description: "made", status: "Draft" }),
  "containers.create": ({ datastore }) => ({
    container_type: "computed_table",
    name: `t${Math.random()}`,
    datastore_id: datastore,
    query: "SELECT 1",
  }),
  "containers.validate": ({ datastore }) => ({
    container: { container_type: "computed_table", name: "t", datastore_id: datastore, query: "SELECT 1" },
  }),
  "containers.scan": () => ({ records: '[{"id": 1}]' }),
  "containers.update": () => ({ container_type: "table", description: "looked at" }),
  "computedFields.create": ({ container }) => ({
    name: `f${Math.random()}`,
    container_id: container,
    transformation: "customExpression",
    properties: { column_expression: "1 + 1" },
  }),
  "computedFields.update": () => ({ name: "computed", transformation: "customExpression", properties: { column_expression: "2" } }),
  "datastores.create": ({ connection }) => ({ name: `d${Math.random()}`, connection_id: connection, database: "d" }),
  "datastores.tryOut": ({ connection }) => ({ connection_id: connection, database: "d" }),
};

type Caller = { name: string; role: Role; permission: TeamPermission | null; token: string } | null;

let trial: Trial;
let callers: Caller[];
let teams: number[];
let ids: Ids;

const entries: { name: string; route: Route }[] = Object.entries(API).flatMap(([noun, routes]: [string, Routes]) =>
  Object.entries(routes).map(([verb, route]) => ({ name: `${noun}.${verb}`, route })),
);

const openCallers = async (): Promise<void> => {
  const member = async (name: string, role: Role, permission: TeamPermission | null) => {
    const { id, token } = await trial.user(role, name);
    const team = permission === null ? null : await objects.insertTeam(trial.store.db, `${name} team`, permission, [id], []);
    return { caller: { name, role, permission, token }, team };
  };
  const outsiders = [await member("outsider", "Member", null), await member("manager", "Manager", null)];
  const insiders = await Promise.all(TeamPermission.options.map((permission) => member(permission, "Member", permission)));
  // Whoever makes a datastore must be an editor of it: this team holds nothing else.
  const { id } = await trial.store.db.selectFrom("user").where("name", "=", "manager").select("id").executeTakeFirstOrThrow();
  await objects.insertTeam(trial.store.db, "managers", "Editor", [id], []);
  callers = [
    null,
    ...[...outsiders, ...insiders].map(({ caller }) => caller),
    { name: "Admin", role: "Admin", permission: null, token: trial.admin },
  ];
  teams = insiders.map(({ team }) => team!);
};

let worlds = 0;

/** One object of each noun, all in a datastore that the insiders' teams hold. */
const build = async (): Promise<Ids> => {
  const { db } = trial.store;
  const name = `${CANARY} ${++worlds}`;
  const datastore = await objects.insertDatastore(db, name);
  for (const team_id of teams) await db.insertInto("datastore_team").values({ team_id, datastore_id: datastore }).execute();
  const { id: container, fields } = await objects.insertContainer(db, datastore, name, { [FIELD]: "Integral" });
  const [field] = Object.values(fields);
  const { connection_id } = await db.selectFrom("datastore").where("id", "=", datastore).select("connection_id").executeTakeFirstOrThrow();
  const made = async (path: string, body: object) => ((await trial.ask("POST", path, { body })).body as { id: number }).id;
  const label = `tag ${worlds}`;
  await made("/global-tags", { name: label });
  return {
    datastore,
    container,
    field: field!,
    "computed-field": await made("/computed-fields", {
      name: "computed",
      container_id: container,
      transformation: "customExpression",
      properties: { column_expression: "1" },
    }),
    check: await objects.insertCheck(db, container, { rule_type: "notNull", fields: [FIELD] }),
    anomaly: await objects.insertAnomaly(db, container, [FIELD]),
    operation: await objects.insertOperation(db, datastore),
    schedule: await objects.insertSchedule(db, datastore, name),
    profile: await objects.insertProfile(db, container, { [field!]: { min: CANARY } }),
    connection: connection_id,
    "global-tag": label,
    team: await made("/teams", { name: `team ${worlds}`, permission: "Viewer" }),
    user: await made("/users", { name: "somebody", email: `somebody${worlds}@example.org` }),
    "user-token": await made("/user-tokens", { name: "token" }),
    "service-user": await made("/service-users", { name: `service ${worlds}` }),
  };
};

before(async () => {
  trial = await openTrial();
  await openCallers();
  ids = await build();
});
after(() => trial.close());

/** What a need says to a caller: the status of the refusal, or that the work begins. */
const expected = (need: Need, caller: Caller): 401 | 403 | 404 | "work" => {
  if (need.kind === "public") return "work";
  if (caller === null) return 401;
  switch (need.kind) {
    case "signed-in":
    case "visible":
      return "work";
    case "role":
      return hasRole({ ...caller, userId: 0, email: "", kind: "person", tokenId: null }, need.role) ? "work" : 403;
    case "team": {
      if (caller.role === "Admin") return "work";
      if (caller.permission === null) return 404;
      return TeamPermission.options.indexOf(caller.permission) >= TeamPermission.options.indexOf(need.permission) ? "work" : 403;
    }
    default:
      // Tokens of people open nothing that programs of ours ask.
      return 401;
  }
};

const REFUSALS: readonly number[] = [401, 403];

/** Whether an answer is a refusal that the route itself declares: a wrong password, a token where a session is asked for. */
const isOwnRefusal = ({ errors }: Route, { body }: Answer): boolean =>
  body !== null && typeof body === "object" && "code" in body && (errors ?? []).some((code) => code === body.code);

const isAsDeclared = (route: Route, { isKnown }: Example, wanted: ReturnType<typeof expected>, answer: Answer): boolean => {
  const { status } = answer;
  // Tokens of people, whatever they may do, are no tokens for provisioning.
  if (route.needs.kind === "provisioning") return REFUSALS.includes(status);
  if (wanted !== "work") return status === wanted;
  if (isOwnRefusal(route, answer)) return true;
  // A route that is open to everybody may ask for a code of its own.
  if (route.needs.kind === "public") return status !== 401 && status !== 500;
  if (REFUSALS.includes(status) || status === 500) return false;
  // Who may work on an object finds it.
  return !(route.needs.kind === "team" && isKnown && status === 404);
};

/** Whether a caller may read what belongs to the datastore, as far as needs tell. */
const mayRead = (need: Need, caller: Caller): boolean =>
  need.kind === "role" ||
  caller?.role === "Admin" ||
  (caller !== null &&
    caller.permission !== null &&
    (need.kind !== "visible" || expected({ ...need, kind: "team", of: [] }, caller) === "work"));

const exampleOf = ({ name, route }: (typeof entries)[number]) => requestFor(route, ids, BODIES[name]?.(ids));

test("every route has a request that its contract accepts", () => {
  const faults = entries.flatMap((entry) => {
    const { fault } = exampleOf(entry);
    return fault === null ? [] : [`${entry.name}: ${fault} (give it a body in BODIES)`];
  });
  assert.deepEqual(faults, []);
});

test("every route answers everybody as its needs declare, and shows nobody what is not theirs", async () => {
  const wrong: string[] = [];
  for (const entry of entries) {
    const { name, route } = entry;
    for (const caller of callers) {
      const wanted = expected(route.needs, caller);
      // A stream stays open for as long as there is news: what is refused is refused at once.
      if (route.stream === true && wanted === "work") continue;
      const example = exampleOf(entry);
      const answer = await trial.ask(example.method, example.path, { body: example.body, as: caller?.token ?? null });
      const who = caller?.name ?? "nobody";
      if (!isAsDeclared(route, example, wanted, answer))
        wrong.push(`${name} as ${who}: ${answer.status}, declared ${wanted} ${JSON.stringify(answer.body)}`);
      if (!mayRead(route.needs, caller) && JSON.stringify(answer.body).includes(CANARY))
        wrong.push(`${name} shows ${who} what belongs to others`);
      if (route.method === "DELETE" && answer.status < 300) ids = await build();
    }
  }
  assert.deepEqual(wrong, []);
  assert.deepEqual(trial.thrown, []);
});

/** Words for a secret, wherever it stands in an answer. */
const SECRET_WORDS = /"(token|code|secret|password|client_secret|user_code)":\{/;
/** What these words name elsewhere: the code of a check's error; that a connection has a password, never which. */
const HARMLESS = /^(checks|checkTemplates|connections)\./;

test("an answer that holds a secret is marked as such where it could be kept", () => {
  const unmarked = entries.filter(
    ({ name, route }) =>
      takesKey(route) &&
      route.secret !== true &&
      !HARMLESS.test(name) &&
      route.output !== undefined &&
      SECRET_WORDS.test(JSON.stringify(z.toJSONSchema(route.output, { unrepresentable: "any" }))),
  );
  assert.deepEqual(
    unmarked.map(({ name }) => name),
    [],
  );
});

/** What makes something and cannot be asked here: it needs a token of another kind, a provider, or something to write to. */
const NOT_HERE = /^(directory|providers|exports)\./;

test("every route that makes something does it once under a key", async () => {
  const keyed = entries.filter(({ name, route }) => takesKey(route) && !NOT_HERE.test(name));
  ids = await build();
  const wrong: string[] = [];
  const done: string[] = [];
  for (const entry of keyed) {
    const { name, route } = entry;
    const { method, path, body } = exampleOf(entry);
    const headers = { authorization: `Bearer ${trial.admin}`, "content-type": "application/json", "idempotency-key": `"${name}"` };
    const send = async () => {
      const answer = await trial.browse(method, path, { headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
      return { status: answer.status, text: await answer.text(), isReplayed: answer.headers.has("idempotency-replayed") };
    };
    const entriesOf = async () =>
      (
        await trial.store.db
          .selectFrom("audit")
          .select(({ fn }) => fn.countAll<number>().as("n"))
          .executeTakeFirstOrThrow()
      ).n;
    const first = await send();
    const audited = await entriesOf();
    const second = await send();
    const isSame = second.status === first.status && second.text === first.text && second.isReplayed && !first.isReplayed;
    const isWithheld = second.status === 409 && second.text.includes("ANSWER_NOT_KEPT");
    if (first.status < 300) done.push(name);
    if (first.status < 300 && !(route.secret === true ? isWithheld : isSame))
      wrong.push(`${name}: ${first.status} ${first.text}, then ${second.status} ${second.text}`);
    if (first.status < 300 && (await entriesOf()) !== audited) wrong.push(`${name} was done twice`);
    if (first.status >= 300 && second.isReplayed) wrong.push(`${name} repeats a refusal`);
  }
  assert.deepEqual(wrong, []);
  assert.ok(done.length >= 15, `too few routes had an example that is done: ${done.join(", ")}`);
});
