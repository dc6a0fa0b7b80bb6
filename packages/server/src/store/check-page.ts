/** Pages of checks: first which they are, from their own table alone, then all about these. */
import { sql } from "kysely";
import { checkTotal, isPlain } from "./check-totals.ts";
import { OPEN, WEIGHT, type Standing } from "./check-weight.ts";
import { checkConditions, checkOrder, checksById, way } from "./checks.ts";
import type { CheckOrder, CheckRow, Condition, Direction, Filters } from "./checks.ts";
import type { Database } from "./database.ts";
import { counted, inOrderOf, totalBeside, totalOf } from "./paging.ts";

type Asked = Filters & { page: number; size: number } & { [K in keyof CheckOrder]?: Direction | undefined };

const isNarrow = ({ container, datastore, template }: Filters): boolean =>
  [container, datastore, template].some((ids) => ids !== undefined && ids.length > 0);

/** The one thing that a list of all checks is ordered by, where their rows keep it. */
const standingOf = (asked: Asked): { standing: Standing; direction: Direction } | null => {
  const { sort_weight, sort_anomalies, sort_last_asserted } = asked;
  if (isNarrow(asked) || asked.template_only === true || sort_last_asserted !== undefined) return null;
  if (sort_weight !== undefined) return sort_anomalies === undefined ? { standing: WEIGHT, direction: sort_weight } : null;
  return sort_anomalies === undefined ? null : { standing: OPEN, direction: sort_anomalies };
};

/**
 * Ids of the checks of a page in the order of their standing, which most of them have in their row: read from the one end of an index. Those
 * that stand apart are put in between, looked up one by one: the planner knows nothing of how few they are.
 */
const idsByStanding = (
  asked: Asked,
  conditions: readonly Condition[],
  { standing: { kept, apart, exact }, direction }: { standing: Standing; direction: Direction },
) => {
  const narrowed = sql.join(conditions, sql` AND `);
  const [by, last] = [way(direction), way(asked.sort_created ?? "asc")];
  const most = asked.page * asked.size;
  return sql<{ id: number }>`WITH apart AS MATERIALIZED (${apart})
    SELECT id FROM ((SELECT "check".id, ${kept}::numeric AS standing FROM "check" WHERE ${narrowed} AND "check".id NOT IN (SELECT id FROM apart)
        ORDER BY ${kept} ${by}, "check".id ${last} LIMIT ${most})
      UNION ALL SELECT "check".id, ${exact} AS standing FROM apart CROSS JOIN LATERAL (SELECT * FROM "check" WHERE id = apart.id OFFSET 0) "check"
        WHERE ${narrowed}) ordered
    ORDER BY standing ${by}, id ${last} LIMIT ${asked.size} OFFSET ${most - asked.size}`;
};

/** A page of checks: first which they are, from their own table alone, then all about these. */
export const checkPage = async (
  db: Database,
  asked: Asked,
  visible: "all" | readonly number[],
): Promise<{ rows: CheckRow[]; total: number }> => {
  const conditions = checkConditions(db, asked, visible);
  let ids = db.selectFrom("check").select("check.id");
  for (const condition of conditions) ids = ids.where(condition);
  const total = isPlain(asked) ? () => checkTotal(db, asked, visible) : () => counted(ids);
  const ordered = standingOf(asked);
  const query = () => {
    // What tallies cannot count is gone through once, for the page and the total.
    const isCounted = !isPlain(asked);
    let rows = ids.select(totalBeside(isCounted));
    for (const by of checkOrder(asked, isCounted)) rows = rows.orderBy(by);
    return rows
      .limit(asked.size)
      .offset((asked.page - 1) * asked.size)
      .execute();
  };
  const found: { id: number; total?: number | null }[] =
    ordered === null ? await query() : (await idsByStanding(asked, conditions, ordered).execute(db)).rows;
  const wanted = found.map(({ id }) => id);
  return { rows: await checksInOrder(db, wanted), total: await totalOf(found, asked, total) };
};

const checksInOrder = async (db: Database, ids: readonly number[]): Promise<CheckRow[]> =>
  ids.length === 0 ? [] : inOrderOf(ids, await checksById(db, { ids }));
