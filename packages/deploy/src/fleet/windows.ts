/**
 * When a deployment may be changed: what an operator says for it, days and hours in UTC such as `sat,sun 22:00-04:00`, or else what its
 * deployment.yaml says. Pure.
 */
import { z } from "zod";
import { userError } from "@touchstone/core/errors";
import type { Deployment } from "../deployment/deployment.ts";
import { opening as openingOnTheWall, windowText as textOnTheWall, type MaintenanceWindow } from "../deployment/window.ts";

const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] as const;
const MINUTES_A_DAY = 1440;
const MINUTE_MS = 60_000;

const minute = z.int().min(0).max(MINUTES_A_DAY);
/** `from` and `to` are minutes of the day; a window whose end is not after its beginning ends on the next day. */
export const Window = z.strictObject({ days: z.array(z.enum(DAYS)).min(1), from: minute, to: minute });
export type Window = z.infer<typeof Window>;
export type AnyWindow = Window | MaintenanceWindow;

const SYNTAX = /^([a-z,]+|daily) (\d\d):(\d\d)-(\d\d):(\d\d)$/;

/** Throws OPTION_INVALID. */
export const windowIn = (text: string): Window => {
  const [, days = "", ...times] = SYNTAX.exec(text) ?? [];
  const [fromHour = 99, fromMinute = 99, toHour = 99, toMinute = 99] = times.map(Number);
  const { success, data } = Window.safeParse({
    days: days === "daily" ? DAYS : days.split(","),
    from: fromHour * 60 + fromMinute,
    to: toHour * 60 + toMinute,
  });
  if (!success || fromMinute > 59 || toMinute > 59)
    throw userError("OPTION_INVALID", "--window", `${text} is not as: sat,sun 22:00-04:00 (UTC), or daily 01:00-05:00`);
  return data;
};

const clock = (minutes: number): string => `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
const operatorsText = ({ days, from, to }: Window): string =>
  `${days.length === DAYS.length ? "daily" : days.join(",")} ${clock(from)}-${clock(to)} UTC`;
/** Null where there is none. */
export const windowText = (window: AnyWindow | null): string | null =>
  window === null ? null : "timeZone" in window ? textOnTheWall(window) : operatorsText(window);

/** Beginnings and ends of windows around a moment, in order: from the day before to a week after. */
const around = ({ days, from, to }: Window, now: Date): { begins: number; ends: number }[] => {
  const midnight = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate());
  const length = (to > from ? to - from : to + MINUTES_A_DAY - from) * MINUTE_MS;
  return Array.from({ length: 9 }, (_, i) => midnight + (i - 1) * MINUTES_A_DAY * MINUTE_MS).flatMap((day) => {
    const name = DAYS[new Date(day).getUTCDay()];
    const begins = day + from * MINUTE_MS;
    return name !== undefined && days.includes(name) ? [{ begins, ends: begins + length }] : [];
  });
};

export const windowOf = (deployment: Pick<Deployment, "maintenanceWindow">, record: { window: Window | null }): AnyWindow | null =>
  record.window ?? deployment.maintenanceWindow ?? null;

/** From when it may be changed: now, where it may be changed now or always. */
export const opening = (window: AnyWindow | null, now: Date): Date => {
  if (window === null) return now;
  if ("timeZone" in window) return openingOnTheWall(window, now);
  const next = around(window, now).find(({ ends }) => ends > now.getTime());
  return new Date(Math.max(next?.begins ?? now.getTime(), now.getTime()));
};
export const isOpen = (window: AnyWindow | null, now: Date): boolean => opening(window, now).getTime() === now.getTime();
