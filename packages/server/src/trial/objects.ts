/** Objects that routes do not make themselves, because dataplanes and people of other nouns do: what tests put into the store. */
import { randomUUID } from "node:crypto";
import type { FieldType } from "@touchstone/core/model/field";
import type { Database } from "../store/database.ts";

export const insertDatastore = async (db: Database, name: string, type = "postgresql"): Promise<number> => {
  const connection = await db
    .insertInto("connection")
    .values({ name: `${name} connection`, type, settings: "{}" })
    .returning("id")
    .executeTakeFirstOrThrow();
  const row = {
    name,
    connection_id: connection.id,
    database: "shop",
    schema: "sales",
    root_path: null,
    enrichment_id: null,
    enrichment_prefix: "_x",
    dataplane: null,
  };
  return (await db.insertInto("datastore").values(row).returning("id").executeTakeFirstOrThrow()).id;
};

/** A container with fields as sync would find it. */
export const insertContainer = async (
  db: Database,
  datastore_id: number,
  name: string,
  fields: Readonly<Record<string, FieldType>>,
): Promise<{ id: number; fields: Record<string, number> }> => {
  const row = { datastore_id, name, container_type: "table", records_count: null, checkpoint: null };
  const { id } = await db.insertInto("container").values(row).returning("id").executeTakeFirstOrThrow();
  const ids: Record<string, number> = {};
  for (const [position, [field, field_type]] of Object.entries(fields).entries()) {
    const made = { container_id: id, name: field, position, field_type, computed: null };
    ids[field] = (await db.insertInto("field").values(made).returning("id").executeTakeFirstOrThrow()).id;
  }
  return { id, fields: ids };
};

/** A check as inference or a person would leave it. */
export const insertCheck = async (
  db: Database,
  container_id: number,
  { rule_type, fields = [], properties = {} }: { rule_type: string; fields?: readonly string[]; properties?: object },
): Promise<number> => {
  const row = {
    container_id,
    template_id: null,
    uid: randomUUID(),
    rule_type,
    fields: JSON.stringify(fields),
    properties: JSON.stringify(properties),
    filter: null,
    coverage: null,
    anomaly_message_field: null,
    evidence: null,
    owner_id: null,
    default_anomaly_assignee_id: null,
    last_editor_id: null,
    last_status: null,
    last_error: null,
  };
  return (await db.insertInto("check").values(row).returning("id").executeTakeFirstOrThrow()).id;
};

export const insertAnomaly = async (db: Database, container_id: number, fields: readonly string[]): Promise<number> => {
  const { datastore_id } = await db.selectFrom("container").where("id", "=", container_id).select("datastore_id").executeTakeFirstOrThrow();
  const row = {
    uuid: randomUUID(),
    datastore_id,
    container_id,
    operation_id: null,
    type: "record",
    fingerprint: randomUUID(),
    message: "a value is missing",
    fields: JSON.stringify(fields),
    row: 1,
    partition: null,
    anomalous_records: 1,
    weight: 10,
  };
  return (await db.insertInto("anomaly").values(row).returning("id").executeTakeFirstOrThrow()).id;
};

/** A profile of a container, with what is known of its fields. */
export const insertProfile = async (db: Database, container_id: number, profiles: Readonly<Record<number, object>>): Promise<number> => {
  const row = { container_id, operation_id: null, records: 100, records_processed: 100 };
  const { id } = await db.insertInto("container_profile").values(row).returning("id").executeTakeFirstOrThrow();
  for (const [field_id, profile] of Object.entries(profiles))
    await db
      .insertInto("field_profile")
      .values({ container_profile_id: id, field_id: Number(field_id), profile: JSON.stringify(profile) })
      .execute();
  return id;
};

export const insertOperation = async (db: Database, datastore_id: number, type = "scan", result = "success"): Promise<number> => {
  const row = { type, datastore_id, result, message: null, user_id: null, schedule_id: null };
  return (await db.insertInto("operation").values(row).returning("id").executeTakeFirstOrThrow()).id;
};

export const insertSchedule = async (db: Database, datastore_id: number, name: string): Promise<number> => {
  const row = { name, datastore_id, cron: "0 3 * * *", operation: JSON.stringify({ type: "scan", datastore_id }), paused: true };
  return (await db.insertInto("schedule").values(row).returning("id").executeTakeFirstOrThrow()).id;
};

/** A team with what its members may do, and on what. */
export const insertTeam = async (
  db: Database,
  name: string,
  permission: string,
  userIds: readonly number[],
  datastoreIds: readonly number[],
) => {
  const { id } = await db.insertInto("team").values({ name, permission }).returning("id").executeTakeFirstOrThrow();
  for (const user_id of userIds) await db.insertInto("team_member").values({ team_id: id, user_id }).execute();
  for (const datastore_id of datastoreIds) await db.insertInto("datastore_team").values({ team_id: id, datastore_id }).execute();
  return id;
};
