/** A datastore with two containers in a trial, and people with each team permission on it. */
import type { FieldType } from "@touchstone/core/model/field";
import type { TeamPermission } from "@touchstone/core/routes/contract";
import { insertContainer, insertDatastore, insertTeam } from "./objects.ts";
import type { Trial } from "./trial.ts";

type Person = { id: number; token: string };
export type Stock = { datastore: number; orders: number; products: number; as: Record<TeamPermission, Person> };

const ORDERS: Record<string, FieldType> = {
  id: "Integral",
  price: "Fractional",
  country: "String",
  paid_at: "Timestamp",
  email: "String",
  sku: "String",
};
const PRODUCTS: Record<string, FieldType> = { sku: "String", live: "Boolean", price: "Fractional" };

const somebody = async (trial: Trial, datastoreId: number, name: string, permission: TeamPermission): Promise<Person> => {
  const user = await trial.user("Member", `${permission} of ${name}`);
  await insertTeam(trial.store.db, `${permission}s of ${name}`, permission, [user.id], [datastoreId]);
  return user;
};

/** Containers `orders` (of which `email` is masked) and `products` in a new datastore. */
export const addStock = async (trial: Trial, name: string): Promise<Stock> => {
  const { db } = trial.store;
  const datastore = await insertDatastore(db, name);
  const { id: orders, fields } = await insertContainer(db, datastore, "orders", ORDERS);
  const { id: products } = await insertContainer(db, datastore, "products", PRODUCTS);
  await db.updateTable("field").set({ status: "Masked" }).where("id", "=", fields["email"]!).execute();
  const one = (permission: TeamPermission) => somebody(trial, datastore, name, permission);
  const as = {
    Reporter: await one("Reporter"),
    Viewer: await one("Viewer"),
    Drafter: await one("Drafter"),
    Author: await one("Author"),
    Editor: await one("Editor"),
  };
  return { datastore, orders, products, as };
};

export type Found = {
  type?: string;
  status?: string;
  fingerprint?: string;
  message?: string;
  fields?: string[];
  weight?: number;
  created_at?: string;
  enriched?: boolean;
};

/** An anomaly as a scan leaves it, of these checks as they are. */
export const addAnomaly = async (
  trial: Trial,
  stock: Pick<Stock, "datastore">,
  containerId: number,
  checkIds: readonly number[],
  found: Found = {},
): Promise<number> => {
  const { db } = trial.store;
  const { id } = await db
    .insertInto("anomaly")
    .values({
      uuid: crypto.randomUUID(),
      datastore_id: stock.datastore,
      container_id: containerId,
      operation_id: null,
      type: found.type ?? "record",
      status: found.status ?? "Active",
      fingerprint: found.fingerprint ?? crypto.randomUUID(),
      message: found.message ?? "a value is missing",
      fields: JSON.stringify(found.fields ?? []),
      row: 1,
      partition: null,
      anomalous_records: 1,
      weight: found.weight ?? 10,
      source_enriched: found.enriched ?? false,
      ...(found.created_at === undefined ? {} : { created_at: new Date(found.created_at) }),
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  const checks = checkIds.length === 0 ? [] : await db.selectFrom("check").where("id", "in", checkIds).select(["id", "version"]).execute();
  for (const { id: check_id, version } of checks)
    await db
      .insertInto("failed_check")
      .values({ anomaly_id: id, check_id, version, message: `check ${check_id} failed` })
      .execute();
  return id;
};
