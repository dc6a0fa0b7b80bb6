/** Objects and people for requests that are made by chance: fresh ones now and then, for chance deletes what it can. */
import { z } from "zod";
import { issueToken } from "../auth/tokens.ts";
import type { Database } from "../store/database.ts";
import type { Tables } from "../store/tables.ts";
import { insertCheck, insertOperation, insertProfile, insertSchedule } from "../trial/objects.ts";
import { addAnomaly, addStock } from "../trial/stock.ts";
import type { Trial } from "../trial/trial.ts";

export type World = {
  /** Tokens by who has them; null is nobody's. */
  callers: readonly { name: string; token: string | null }[];
  idFor: (key: string, at: number) => number | null;
};

const HOUR_MS = 3_600_000;

type Numbered = Extract<
  keyof Tables,
  | "user"
  | "team"
  | "connection"
  | "datastore"
  | "container"
  | "field"
  | "check"
  | "anomaly"
  | "operation"
  | "schedule"
  | "container_profile"
  | "token"
  | "dataplane"
  | "identity_provider"
  | "anomaly_event"
>;

/** Which table an id is of, by what stands in the name of the parameter or property. */
const TABLES: readonly [RegExp, Numbered][] = [
  [/comment/, "anomaly_event"],
  [/profile/, "container_profile"],
  [/datastore|enrichment/, "datastore"],
  [/connection/, "connection"],
  [/container/, "container"],
  [/check|template/, "check"],
  [/field/, "field"],
  [/anomal/, "anomaly"],
  [/schedule/, "schedule"],
  [/operation|run|abort/, "operation"],
  [/team/, "team"],
  [/token/, "token"],
  [/dataplane/, "dataplane"],
  [/provider/, "identity_provider"],
  [/user|owner|assignee|member|editor/, "user"],
];

const idsByTable = async (db: Database): Promise<Map<Numbered, number[]>> => {
  const ids = new Map<Numbered, number[]>();
  for (const [, table] of TABLES) {
    const rows = await db.selectFrom(table).select("id").orderBy("id", "desc").limit(12).execute();
    ids.set(
      table,
      rows.map(({ id }) => id),
    );
  }
  return ids;
};

const provisioningToken = async ({ store: { db }, services: { tokenKey } }: Trial, userId: number): Promise<string> =>
  (await issueToken(db, tokenKey, { userId, name: "directory", expiresAt: new Date(Date.now() + HOUR_MS), provisioningOnly: true })).token;

const dataplaneToken = async (trial: Trial, name: string): Promise<string> => {
  const { body } = await trial.send("/dataplane/enrol", { code: await trial.invite(name) }, { token: null });
  return z.object({ token: z.string() }).parse(body).token;
};

/** Answers what there is besides the people: a datastore with all that belongs to one. */
const fill = async (trial: Trial, name: string): Promise<ReturnType<typeof addStock>> => {
  const { db } = trial.store;
  const stock = await addStock(trial, name);
  const check = await insertCheck(db, stock.orders, { rule_type: "notNull", fields: ["email"] });
  await insertCheck(db, stock.orders, { rule_type: "between", fields: ["price"], properties: { min: 0, max: 9 } });
  for (const status of ["Active", "Resolved"]) await addAnomaly(trial, stock, stock.orders, [check], { status });
  await insertOperation(db, stock.datastore);
  await insertSchedule(db, stock.datastore, `${name} nightly`);
  const [field] = await db.selectFrom("field").where("container_id", "=", stock.orders).select("id").execute();
  await insertProfile(db, stock.orders, { [field!.id]: { min: 1 } });
  return stock;
};

export const buildWorld = async (trial: Trial, name: string): Promise<World> => {
  const stock = await fill(trial, name);
  const admin = await trial.user("Admin", `${name} admin`);
  const callers = [
    { name: "nobody", token: null },
    { name: "somebody who made a token up", token: "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.e30" },
    { name: "outsider", token: (await trial.user("Member", `${name} outsider`)).token },
    ...Object.entries(stock.as).map(([permission, { token }]) => ({ name: permission, token })),
    { name: "Manager", token: (await trial.user("Manager", `${name} manager`)).token },
    { name: "Admin", token: admin.token },
    { name: "Admin again", token: (await trial.user("Admin", `${name} second admin`)).token },
    { name: "dataplane", token: await dataplaneToken(trial, `${name} dataplane`) },
    { name: "directory", token: await provisioningToken(trial, admin.id) },
  ];
  const ids = await idsByTable(trial.store.db);
  const all = [...ids.values()].flat();
  const idFor = (key: string, at: number): number | null => {
    const table = TABLES.find(([pattern]) => pattern.test(key))?.[1];
    const known = table === undefined ? (key === "id" ? all : []) : (ids.get(table) ?? []);
    return known[at % Math.max(1, known.length)] ?? null;
  };
  return { callers, idFor };
};
