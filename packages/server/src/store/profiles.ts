import { sql } from "kysely";
import type { Database } from "./database.ts";

export const profileRows = (db: Database, containerId: number) =>
  db
    .selectFrom("container_profile")
    .where("container_id", "=", containerId)
    .selectAll()
    .select(
      sql<number>`(SELECT count(*) FROM field_profile p WHERE p.container_profile_id = container_profile.id)`.as("field_profiles_count"),
    );

export type ProfileRow = Awaited<ReturnType<ReturnType<typeof profileRows>["execute"]>>[number];

/** Id of the newest profile of a container; null before the first. */
export const newestProfile = async (db: Database, containerId: number): Promise<number | null> => {
  const row = await db
    .selectFrom("container_profile")
    .where("container_id", "=", containerId)
    .orderBy("id", "desc")
    .limit(1)
    .select("id")
    .executeTakeFirst();
  return row?.id ?? null;
};

/** The statistics of a profile, in the order of the fields; those that are excluded now are not shown. */
export const statisticsRows = (db: Database, containerProfileId: number) =>
  db
    .selectFrom("field_profile")
    .innerJoin("field", "field.id", "field_profile.field_id")
    .where("field_profile.container_profile_id", "=", containerProfileId)
    .where("field.status", "<>", "Excluded")
    .orderBy("field.position")
    .orderBy("field.id")
    .select([
      "field_profile.id",
      "field_profile.field_id",
      "field_profile.profile",
      "field.name",
      "field.status",
      "field.field_type",
      "field.native_type",
      "field.type_declared",
    ]);

export type StatisticsRow = Awaited<ReturnType<ReturnType<typeof statisticsRows>["execute"]>>[number];
