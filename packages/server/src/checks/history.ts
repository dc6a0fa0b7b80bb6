/** The versions of a check with what changed from one to the next. */
import type { z } from "zod";
import type { CheckRevision } from "@touchstone/core/routes/checks";
import { versionRows } from "../store/check-history.ts";
import type { Database } from "../store/database.ts";
import { paged, type Page } from "../store/paging.ts";
import { peopleOf } from "../store/person-mentions.ts";
import { changesOf, Kept } from "./kept.ts";
import { currentCheck, type Current } from "./save.ts";

type Version = { version: number; kept: Kept; editorId: number | null; at: Date };

const currentVersion = ({ row, kept }: Current): Version => ({
  version: row.version,
  kept,
  editorId: row.last_editor_id,
  at: row.updated_at,
});

const earlierVersions = async (db: Database, checkId: number, first: number, last: number): Promise<Version[]> =>
  (await versionRows(db, checkId, first, last)).map((row) => ({
    version: row.version,
    kept: Kept.parse(row.snapshot),
    editorId: row.editor_id,
    at: row.created_at,
  }));

/** A page of the history, the newest first. */
export const historyOf = async (
  db: Database,
  checkId: number,
  { page, size }: { page: number; size: number },
): Promise<Page<z.input<typeof CheckRevision>>> => {
  const current = currentVersion(await currentCheck(db, checkId));
  const newest = current.version - (page - 1) * size;
  const oldest = Math.max(1, newest - size + 1);
  // One more than is shown: a change is from the version before.
  const versions = await earlierVersions(db, checkId, oldest - 1, newest);
  if (newest === current.version) versions.push(current);
  const people = await peopleOf(
    db,
    versions.map(({ editorId }) => editorId),
  );
  const items = versions
    .map((version, i) => ({
      version: version.version,
      created: version.at.toISOString(),
      user: version.editorId === null ? null : (people.get(version.editorId) ?? null),
      changeset: i === 0 ? {} : changesOf(versions[i - 1]!.kept, version.kept),
    }))
    .filter(({ version }) => version >= oldest)
    .reverse();
  return paged(items, current.version, { page, size });
};

/** A check as it was in a version; null when that is not known any more. */
export const keptAt = async (db: Database, current: Current, version: number): Promise<Kept | null> => {
  if (version === current.row.version) return current.kept;
  return (await earlierVersions(db, current.row.id, version, version))[0]?.kept ?? null;
};
