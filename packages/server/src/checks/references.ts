/**
 * Other containers that a check looks into. They are kept by id, so that they survive being renamed, and travel by name, since
 * ids mean nothing elsewhere.
 */
import { errorInfo, type ErrorInfo } from "@touchstone/core/errors";
import { nearestName } from "@touchstone/core/expr/nearest";
import type { Field } from "@touchstone/core/model/field";
import { ruleByType } from "@touchstone/core/rules/index";
import { propertyNames } from "@touchstone/core/rules/properties";
import type { Database } from "../store/database.ts";
import type { Mapping } from "../store/tables.ts";
import { fieldsOf } from "./home.ts";

type Properties = Readonly<Record<string, unknown>>;

/** Who sees which datastores. */
export type Sees = (datastoreId: number) => boolean;

/** With ids for keeping, with names for binding and travelling, and the fields over there. */
export type Resolved = { kept: Mapping; named: Mapping; fields: Field[] | null };

const KEYS = ["ref_container_id", "ref_container_name", "ref_datastore_id", "ref_datastore_name"] as const;

export const takesReference = (ruleType: string): boolean => {
  const rule = ruleByType(ruleType);
  return rule !== null && (propertyNames(rule.properties) ?? []).includes("ref_container_id");
};

const without = (properties: Properties): Mapping =>
  Object.fromEntries(Object.entries(properties).filter(([name]) => !KEYS.some((key) => key === name)));

/** What was given under the id or the name: a number is an id, a text is a name. */
const givenAs = (properties: Properties, noun: "container" | "datastore"): { key: string; value: string | number } | null => {
  for (const key of [`ref_${noun}_id`, `ref_${noun}_name`]) {
    const value = properties[key];
    if (typeof value === "number" || (typeof value === "string" && value !== "")) return { key, value };
  }
  return null;
};

type Problem = { key: string; info: ErrorInfo };

const datastoreMeant = async (
  db: Database,
  given: ReturnType<typeof givenAs>,
  home: number | null,
  sees: Sees,
): Promise<number | Problem> => {
  if (given === null) return home ?? { key: "ref_datastore_id", info: errorInfo("CHECK_INVALID", "The template", "it names no datastore") };
  const rows = await db
    .selectFrom("datastore")
    .where((where) => (typeof given.value === "number" ? where("id", "=", given.value) : where("name", "ilike", escaped(given.value))))
    .select("id")
    .execute();
  const found = rows.find(({ id }) => sees(id));
  return found === undefined ? { key: given.key, info: errorInfo("OBJECT_UNKNOWN", "datastore", String(given.value)) } : found.id;
};

const escaped = (text: string): string => text.replaceAll(/[\\%_]/g, "\\$&");

const containerMeant = async (
  db: Database,
  given: NonNullable<ReturnType<typeof givenAs>>,
  datastoreId: number,
): Promise<number | Problem> => {
  const rows = await db.selectFrom("container").where("datastore_id", "=", datastoreId).select(["id", "name"]).execute();
  const folded = String(given.value).toLowerCase();
  const found =
    typeof given.value === "number"
      ? rows.find(({ id }) => id === given.value)
      : (rows.find(({ name }) => name === given.value) ?? rows.find(({ name }) => name.toLowerCase() === folded));
  if (found !== undefined) return found.id;
  const nearest = nearestName(
    String(given.value),
    rows.map(({ name }) => name),
  );
  return { key: given.key, info: errorInfo("CONTAINER_UNKNOWN", String(given.value), nearest) };
};

/** Finds the container a check's properties name. A datastore that may not be seen is not there. */
export const resolveReference = async (
  db: Database,
  ruleType: string,
  properties: Properties,
  homeDatastore: number | null,
  sees: Sees,
): Promise<Resolved | Problem> => {
  const container = givenAs(properties, "container");
  if (!takesReference(ruleType) || container === null) return { kept: { ...properties }, named: { ...properties }, fields: null };
  const datastoreId = await datastoreMeant(db, givenAs(properties, "datastore"), homeDatastore, sees);
  if (typeof datastoreId !== "number") return datastoreId;
  const containerId = await containerMeant(db, container, datastoreId);
  if (typeof containerId !== "number") return containerId;
  const kept = { ...without(properties), ref_container_id: containerId, ref_datastore_id: datastoreId };
  const [named] = await namedProperties(db, [{ properties: kept, datastoreId: homeDatastore }]);
  return { kept, named: named!, fields: (await fieldsOf(db, [containerId])).get(containerId) ?? null };
};

/** Properties of kept checks with names instead of ids. Of a container in the check's own datastore only its own name is said. */
export const namedProperties = async (
  db: Database,
  kept: readonly { properties: Properties; datastoreId: number | null }[],
): Promise<Mapping[]> => {
  const idOf = ({ properties }: { properties: Properties }): number[] =>
    typeof properties["ref_container_id"] === "number" ? [properties["ref_container_id"]] : [];
  const ids = [...new Set(kept.flatMap(idOf))];
  const rows =
    ids.length === 0
      ? []
      : await db
          .selectFrom("container")
          .innerJoin("datastore", "datastore.id", "container.datastore_id")
          .where("container.id", "in", ids)
          .select(["container.id", "container.name", "datastore.id as datastore_id", "datastore.name as datastore_name"])
          .execute();
  const byId = new Map(rows.map((row) => [row.id, row]));
  return kept.map((check) => {
    const [id] = idOf(check);
    const found = id === undefined ? undefined : byId.get(id);
    if (found === undefined) return { ...check.properties };
    const elsewhere = found.datastore_id === check.datastoreId ? {} : { ref_datastore_name: found.datastore_name };
    return { ...without(check.properties), ref_container_name: found.name, ...elsewhere };
  });
};
