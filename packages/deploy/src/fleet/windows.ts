/**
 * When a deployment may be changed: what an operator says for it, days and hours in UTC such as `sat,sun 22:00-04:00`, or else what its
 * deployment.yaml says. Pure.
 */
import { z } from "zod";
import { userError } from "@touchstone/core/errors";
import type { Deployment } from "../deployment/deployment.ts";
import {
  DAY_MINUTES,
  isOpenAt,
  openingAt,
  WEEKDAYS,
  weeklyOf,
  windowText as textOnTheWall,
  type MaintenanceWindow,
  type Weekly,
} from "../deployment/window.ts";

const minute = z.int().min(0).max(DAY_MINUTES);
/** `from` and `to` are minutes of the day; a window whose end is not after its beginning ends on the next day. */
export const Window = z.strictObject({ days: z.array(z.enum(WEEKDAYS)).min(1), from: minute, to: minute });
export type Window = z.infer<typeof Window>;
export type AnyWindow = Window | MaintenanceWindow;

const SYNTAX = /^([a-z,]+|daily) (\d\d):(\d\d)-(\d\d):(\d\d)$/;

/** Throws OPTION_INVALID. */
export const windowIn = (text: string): Window => {
  const [, days = "", ...times] = SYNTAX.exec(text) ?? [];
  const [fromHour = 99, fromMinute = 99, toHour = 99, toMinute = 99] = times.map(Number);
  const { success, data } = Window.safeParse({
    days: days === "daily" ? WEEKDAYS : days.split(","),
    from: fromHour * 60 + fromMinute,
    to: toHour * 60 + toMinute,
  });
  if (!success || fromMinute > 59 || toMinute > 59)
    throw userError("OPTION_INVALID", "--window", `${text} is not as: sat,sun 22:00-04:00 (UTC), or daily 01:00-05:00`);
  return data;
};

const clock = (minutes: number): string => `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
const operatorsText = ({ days, from, to }: Window): string =>
  `${days.length === WEEKDAYS.length ? "daily" : days.join(",")} ${clock(from)}-${clock(to)} UTC`;
/** Null where there is none. */
export const windowText = (window: AnyWindow | null): string | null =>
  window === null ? null : "timeZone" in window ? textOnTheWall(window) : operatorsText(window);

const weekly = (window: AnyWindow): Weekly =>
  "timeZone" in window
    ? weeklyOf(window)
    : {
        days: window.days,
        from: window.from,
        minutes: window.to - window.from + (window.to > window.from ? 0 : DAY_MINUTES),
        timeZone: "Etc/UTC",
      };

export const windowOf = (deployment: Pick<Deployment, "maintenanceWindow">, record: { window: Window | null }): AnyWindow | null =>
  record.window ?? deployment.maintenanceWindow ?? null;

/** From when it may be changed: now, where it may be changed now or always. */
export const opening = (window: AnyWindow | null, now: Date): Date => (window === null ? now : openingAt(weekly(window), now));
export const isOpen = (window: AnyWindow | null, now: Date): boolean => window === null || isOpenAt(weekly(window), now);
