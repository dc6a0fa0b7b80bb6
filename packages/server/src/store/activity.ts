/** What happened lately. Each kind is read from its newest end, so that old things cost nothing. */
import { sql } from "kysely";
import type { z } from "zod";
import { OpenStatus } from "@touchstone/core/model/anomaly-status";
import type { Activity, ContainerCounts } from "@touchstone/core/routes/activity";
import type { Database } from "./database.ts";
import { peopleOf } from "./person-mentions.ts";
import { isVisible } from "./visible.ts";

/** Newest events among which those of the visible anomalies are looked for: what lies further back is not lately. */
const EVENTS_MAX = 10_000;

type Line = Omit<z.input<typeof Activity>, "user"> & { user_id: number | null };
type Asked = { visible: "all" | readonly number[]; datastores: readonly number[] | undefined; size: number };

const narrowed = ({ visible, datastores }: Asked): "all" | readonly number[] => {
  if (datastores === undefined || datastores.length === 0) return visible;
  return visible === "all" ? datastores : datastores.filter((id) => visible.includes(id));
};

const operations = async (db: Database, asked: Asked): Promise<Line[]> => {
  const rows = await db
    .selectFrom("operation")
    .innerJoin("datastore", "datastore.id", "operation.datastore_id")
    .where(isVisible("operation.datastore_id", narrowed(asked)))
    .orderBy("operation.id", "desc")
    .limit(asked.size)
    .select(["operation.id", "operation.type", "operation.result", "operation.user_id", "operation.created_at", "operation.started_at"])
    .select(["operation.finished_at", "datastore.id as datastore_id", "datastore.name as datastore_name"])
    .execute();
  return rows.map((row) => ({
    noun: "operation",
    id: row.id,
    at: (row.finished_at ?? row.started_at ?? row.created_at).toISOString(),
    event: row.result,
    name: row.type,
    user_id: row.user_id,
    datastore: { id: row.datastore_id, name: row.datastore_name },
    container: null,
  }));
};

const checks = async (db: Database, asked: Asked): Promise<Line[]> => {
  const rows = await db
    .selectFrom("check")
    .innerJoin("container", "container.id", "check.container_id")
    .innerJoin("datastore", "datastore.id", "container.datastore_id")
    .where(isVisible("container.datastore_id", narrowed(asked)))
    .where("check.last_editor_id", "is not", null)
    .orderBy("check.updated_at", "desc")
    .limit(asked.size)
    .select(["check.id", "check.description", "check.version", "check.archived_at", "check.updated_at", "check.last_editor_id"])
    .select(["container.id as container_id", "container.name as container_name"])
    .select(["datastore.id as datastore_id", "datastore.name as datastore_name"])
    .execute();
  return rows.map((row) => ({
    noun: "check",
    id: row.id,
    at: row.updated_at.toISOString(),
    event: row.archived_at !== null ? "archived" : row.version === 1 ? "created" : "updated",
    name: row.description,
    user_id: row.last_editor_id,
    datastore: { id: row.datastore_id, name: row.datastore_name },
    container: { id: row.container_id, name: row.container_name },
  }));
};

const anomalies = async (db: Database, asked: Asked): Promise<Line[]> => {
  const rows = await db
    .selectFrom("anomaly_event as event")
    .innerJoin("anomaly", "anomaly.id", "event.anomaly_id")
    .innerJoin("container", "container.id", "anomaly.container_id")
    .innerJoin("datastore", "datastore.id", "anomaly.datastore_id")
    .where(sql<boolean>`event.id > (SELECT coalesce(max(id), 0) FROM anomaly_event) - ${EVENTS_MAX}`)
    .where("event.user_id", "is not", null)
    .where(isVisible("anomaly.datastore_id", narrowed(asked)))
    .orderBy("event.id", "desc")
    .limit(asked.size)
    .select(["anomaly.id", "event.kind", "event.user_id", "event.created_at", "anomaly.message", "anomaly.description"])
    .select(["container.id as container_id", "container.name as container_name"])
    .select(["datastore.id as datastore_id", "datastore.name as datastore_name"])
    .execute();
  return rows.map((row) => ({
    noun: "anomaly",
    id: row.id,
    at: row.created_at.toISOString(),
    event: row.kind,
    name: row.description ?? row.message,
    user_id: row.user_id,
    datastore: { id: row.datastore_id, name: row.datastore_name },
    container: { id: row.container_id, name: row.container_name },
  }));
};

/** The latest of all kinds together. */
export const activityLines = async (db: Database, asked: Asked): Promise<z.input<typeof Activity>[]> => {
  const lines = [...(await operations(db, asked)), ...(await checks(db, asked)), ...(await anomalies(db, asked))]
    .sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0))
    .slice(0, asked.size);
  const people = await peopleOf(
    db,
    lines.map(({ user_id }) => user_id),
  );
  return lines.map(({ user_id, ...line }) => ({ ...line, user: user_id === null ? null : (people.get(user_id) ?? null) }));
};

type Counts = z.input<typeof ContainerCounts>;

/** Open anomalies and checks by state, for each of these containers. */
export const containerCounts = async (db: Database, ids: readonly number[]): Promise<Map<number, Counts>> => {
  if (ids.length === 0) return new Map();
  const found = await db
    .selectFrom("anomaly")
    .where("container_id", "in", ids)
    .where("status", "in", OpenStatus.options)
    .groupBy("container_id")
    .select(["container_id", sql<number>`count(*)`.as("open")])
    .execute();
  const states = await db
    .selectFrom("check")
    .where("container_id", "in", ids)
    .groupBy(["container_id", "status", "last_status"])
    .select(["container_id", "status", "last_status", sql<number>`count(*)`.as("checks")])
    .execute();
  const sum = (id: number, holds: (row: (typeof states)[number]) => boolean) =>
    states.filter((row) => row.container_id === id && holds(row)).reduce((total, { checks: some }) => total + Number(some), 0);
  const active = (id: number, last: string | null) => sum(id, ({ status, last_status }) => status === "Active" && last_status === last);
  const open = new Map(found.map((row) => [row.container_id, Number(row.open)]));
  return new Map(
    ids.map((id) => [
      id,
      {
        open_anomalies: open.get(id) ?? 0,
        checks: {
          active: sum(id, ({ status }) => status === "Active"),
          draft: sum(id, ({ status }) => status === "Draft"),
          archived: sum(id, ({ status }) => status !== "Active" && status !== "Draft"),
        },
        asserted: {
          passed: active(id, "passed"),
          failed: active(id, "failed"),
          unasserted: active(id, "unasserted"),
          never: active(id, null),
        },
      },
    ]),
  );
};
