/** A datastore with two containers in a trial, and people with each team permission on it. */
import type { FieldType } from "@touchstone/core/model/field";
import type { TeamPermission } from "@touchstone/core/routes/contract";
import type { Trial } from "./trial.ts";

export type Stock = {
  datastore: number;
  orders: number;
  products: number;
  /** Somebody by team permission. */
  as: Record<TeamPermission, { id: number; token: string }>;
};

const ORDERS: Record<string, FieldType> = {
  id: "Integral",
  price: "Fractional",
  country: "String",
  paid_at: "Timestamp",
  email: "String",
  sku: "String",
};
const PRODUCTS: Record<string, FieldType> = { sku: "String", live: "Boolean", price: "Fractional" };
const MASKED = ["email"];

const addContainer = async (
  { store: { db } }: Trial,
  datastoreId: number,
  name: string,
  fields: Record<string, FieldType>,
): Promise<number> => {
  const { id } = await db
    .insertInto("container")
    .values({ datastore_id: datastoreId, name, container_type: "table", records_count: null, checkpoint: null })
    .returning("id")
    .executeTakeFirstOrThrow();
  await db
    .insertInto("field")
    .values(
      Object.entries(fields).map(([field, field_type], position) => ({
        container_id: id,
        name: field,
        position,
        field_type,
        status: MASKED.includes(field) ? "Masked" : "Active",
        computed: null,
      })),
    )
    .execute();
  return id;
};

const addDatastore = async ({ store: { db } }: Trial, name: string): Promise<number> => {
  const connection = await db
    .insertInto("connection")
    .values({ name: `to ${name}`, type: "files", settings: "{}" })
    .returning("id")
    .executeTakeFirstOrThrow();
  const { id } = await db
    .insertInto("datastore")
    .values({ name, connection_id: connection.id, database: null, schema: null, root_path: "/data" })
    .returning("id")
    .executeTakeFirstOrThrow();
  return id;
};

const addTeam = async (trial: Trial, datastoreId: number, name: string, permission: TeamPermission) => {
  const { db } = trial.store;
  const user = await trial.user("Member", `${permission} of ${name}`);
  const { id } = await db
    .insertInto("team")
    .values({ name: `${permission}s of ${name}`, permission })
    .returning("id")
    .executeTakeFirstOrThrow();
  await db.insertInto("team_member").values({ team_id: id, user_id: user.id }).execute();
  await db.insertInto("datastore_team").values({ team_id: id, datastore_id: datastoreId }).execute();
  return user;
};

/** Containers `orders` (of which `email` is masked) and `products` in a new datastore. */
export const addStock = async (trial: Trial, name: string): Promise<Stock> => {
  const datastore = await addDatastore(trial, name);
  const orders = await addContainer(trial, datastore, "orders", ORDERS);
  const products = await addContainer(trial, datastore, "products", PRODUCTS);
  const team = (permission: TeamPermission) => addTeam(trial, datastore, name, permission);
  const as = {
    Reporter: await team("Reporter"),
    Viewer: await team("Viewer"),
    Drafter: await team("Drafter"),
    Author: await team("Author"),
    Editor: await team("Editor"),
  };
  return { datastore, orders, products, as };
};

/** An operation that has happened, of which assertions and anomalies can tell. */
export const addOperation = async ({ store: { db } }: Trial, datastoreId: number): Promise<number> => {
  const { id } = await db
    .insertInto("operation")
    .values({ type: "scan", datastore_id: datastoreId, result: "success", message: null, user_id: null, schedule_id: null })
    .returning("id")
    .executeTakeFirstOrThrow();
  return id;
};
