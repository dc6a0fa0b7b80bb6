/** A maintenance window: when somebody other than a person may change a deployment. By the clock on the wall of a time zone. */
import { z } from "zod";

export const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
const DAY_MINUTES = 1440;
const MINUTE_MS = 60_000;
const WEEK_MINUTES = 7 * DAY_MINUTES;

const isTimeZone = (name: string): boolean => {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
};

export const MaintenanceWindow = z.strictObject({
  days: z
    .array(z.enum(WEEKDAYS))
    .min(1)
    .default([...WEEKDAYS])
    .describe("days on which it begins"),
  from: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/, "a time such as 02:30")
    .default("00:00")
    .describe("when it begins"),
  hours: z.int().min(1).max(24).default(24).describe("how long it is open; beyond midnight too"),
  timeZone: z
    .string()
    .refine(isTimeZone, "a time zone such as Europe/Berlin")
    .default("Etc/UTC")
    .describe("whose clock it is, by its name in the IANA database"),
});
export type MaintenanceWindow = z.output<typeof MaintenanceWindow>;

/** Minutes since Monday, midnight, on the wall of that zone. */
const minuteOfWeek = (now: Date, timeZone: string): number => {
  const format = new Intl.DateTimeFormat("en-GB", { timeZone, weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const part = (type: Intl.DateTimeFormatPartTypes): string => format.formatToParts(now).find((one) => one.type === type)?.value ?? "";
  const day = WEEKDAYS.findIndex((name) => name === part("weekday").toLowerCase());
  return day * DAY_MINUTES + Number(part("hour")) * 60 + Number(part("minute"));
};

const beginOf = ({ from }: MaintenanceWindow, day: (typeof WEEKDAYS)[number]): number => {
  const [hour = 0, minutes = 0] = from.split(":").map(Number);
  return WEEKDAYS.indexOf(day) * DAY_MINUTES + hour * 60 + minutes;
};

/** Whether it is open now. Where a clock is put forward over its beginning it begins with the first minute there is; what is put back is open twice. */
export const isOpen = (window: MaintenanceWindow, now: Date): boolean => {
  const minute = minuteOfWeek(now, window.timeZone);
  return window.days.some((day) => (minute - beginOf(window, day) + WEEK_MINUTES) % WEEK_MINUTES < window.hours * 60);
};

/** Clocks are put forward or back by an hour; in one place and another it was two. */
const SHIFT_MINUTES_MAX = 180;

/** From when it is open: now, where it is. */
export const opening = (window: MaintenanceWindow, now: Date): Date => {
  if (isOpen(window, now)) return now;
  const minute = minuteOfWeek(now, window.timeZone);
  const away = Math.min(...window.days.map((day) => (beginOf(window, day) - minute + WEEK_MINUTES) % WEEK_MINUTES));
  const thisMinute = Math.floor(now.getTime() / MINUTE_MS) * MINUTE_MS;
  const at = (minutes: number): Date => new Date(thisMinute + minutes * MINUTE_MS);
  // Minute by minute about the time that its clock says now: it may be put forward or back before.
  for (let minutes = Math.max(1, away - SHIFT_MINUTES_MAX); minutes <= away + SHIFT_MINUTES_MAX; minutes++)
    if (isOpen(window, at(minutes))) return at(minutes);
  return at(away);
};

export const windowText = ({ days, from, hours, timeZone }: MaintenanceWindow): string =>
  `${days.length === WEEKDAYS.length ? "every day" : days.join(", ")} from ${from} for ${hours} h, ${timeZone}`;
