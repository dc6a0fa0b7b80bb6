/** A profile, kept beside the earlier ones, and the checks that the data proposes. */
import type { ProfiledContainer } from "@touchstone/core/model/dataplane";
import type { Applied, Applying } from "./apply.ts";
import { applyFields } from "./apply-fields.ts";
import { applyInferred } from "./apply-inferred.ts";

export const applyProfile = async (applying: Applying, result: ProfiledContainer): Promise<Applied> => {
  const { db, operation, request, now } = applying;
  const { container_id: containerId, profile } = result;
  if (profile === null) return { containerId, counters: {} };
  const ids = await applyFields(db, containerId, result.fields);
  const { id: profileId } = await db
    .insertInto("container_profile")
    .values({
      container_id: containerId,
      operation_id: operation.id,
      records: profile.records,
      records_processed: profile.records_processed,
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  const fields = profile.fields.flatMap((field) => {
    const fieldId = ids.get(field.name);
    return fieldId === undefined ? [] : [{ container_profile_id: profileId, field_id: fieldId, profile: JSON.stringify(field) }];
  });
  if (fields.length > 0) await db.insertInto("field_profile").values(fields).execute();
  await db.updateTable("container").set({ records_count: profile.records, last_profiled_at: now }).where("id", "=", containerId).execute();
  const checks = result.inferred === null ? {} : await applyInferred(db, containerId, result.inferred, request.infer_as_draft === true);
  return {
    containerId,
    counters: { records_processed: profile.records_processed, fields_profiled: profile.fields.length, ...checks },
  };
};
