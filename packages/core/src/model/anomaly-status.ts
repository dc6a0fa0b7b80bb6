/**
 * The states of an anomaly. Open ones ask for somebody's attention; archived ones say how that ended:
 *
 *   Active <-> Acknowledged        somebody is looking at it, or not any more
 *   open    -> Resolved            the data was corrected
 *           -> Invalid             the check was wrong: inference learns from it
 *           -> Duplicate           it is told by another anomaly
 *           -> Discarded           nobody wants to know
 *   archived -> Active             restored, by a person or because it happened again
 *
 * How it ended is not changed afterwards: it is restored first, so that the history tells both.
 */
import { z } from "zod";

export const OpenStatus = z.enum(["Active", "Acknowledged"]);
export const ArchivedStatus = z.enum(["Resolved", "Invalid", "Duplicate", "Discarded"]);
export type ArchivedStatus = z.infer<typeof ArchivedStatus>;
export const AnomalyStatus = z.enum([...OpenStatus.options, ...ArchivedStatus.options]);
export type AnomalyStatus = z.infer<typeof AnomalyStatus>;

export const isOpen = (status: string): boolean => OpenStatus.safeParse(status).success;

/** What asking for a status does to an anomaly: it changes, it is so already, or it may not be. */
export type Transition = "changes" | "stays" | "refused";

export const transition = (from: AnomalyStatus, to: AnomalyStatus): Transition => {
  if (from === to) return "stays";
  if (isOpen(from)) return "changes";
  return to === "Active" ? "changes" : "refused";
};
