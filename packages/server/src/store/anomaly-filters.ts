/** What lists of anomalies can be narrowed to, and what of it tallies know. */
import type { z } from "zod";
import { AnomalyStatus, ArchivedStatus, OpenStatus } from "@touchstone/core/model/anomaly-status";
import { AnomalyFilters } from "@touchstone/core/routes/anomalies";

export type Filters = z.output<typeof AnomalyFilters>;

/** Without a status and without a word on archived ones, the open ones are meant. */
export const statusesOf = ({ status = [], archived }: Filters): readonly string[] => {
  const among: readonly string[] = status.length > 0 ? status : AnomalyStatus.options;
  if (archived === "only") return among.filter((one) => ArchivedStatus.safeParse(one).success);
  return status.length > 0 || archived === "include" ? among : OpenStatus.options;
};

/** By what tallies are kept and indexes ordered. */
const PLAIN: readonly string[] = ["datastore", "container", "status", "archived", "anomaly_type"] satisfies (keyof Filters)[];

export const isGiven = (value: unknown): boolean => value !== undefined && value !== "" && !(Array.isArray(value) && value.length === 0);

/** Whether a list is narrowed by nothing that tallies and indexes do not know. */
export const isPlain = (filters: Filters): boolean =>
  Object.keys(AnomalyFilters.shape).every((name) => PLAIN.includes(name) || !isGiven(Reflect.get(filters, name)));

/** Whether only some containers or datastores are meant. */
export const isNarrow = ({ container, datastore }: Filters): boolean => isGiven(container) || isGiven(datastore);
