/** A maintenance window: when somebody other than a person may change a deployment. By the clock on the wall of a time zone. */
import { z } from "zod";

export const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
export const DAY_MINUTES = 1440;
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

/** What every notation of a window means: days on which it begins, at a minute of the day, and for how many. */
export type Weekly = { days: readonly (typeof WEEKDAYS)[number][]; from: number; minutes: number; timeZone: string };

const minuteOfDay = (time: string): number => {
  const [hour = 0, minutes = 0] = time.split(":").map(Number);
  return hour * 60 + minutes;
};

export const weeklyOf = ({ days, from, hours, timeZone }: MaintenanceWindow): Weekly => ({
  days,
  from: minuteOfDay(from),
  minutes: hours * 60,
  timeZone,
});

/** Clocks by zone: to make one costs as much as to read it some twenty-five times, and a search reads it some hundred times. */
const clocks = new Map<string, Intl.DateTimeFormat>();
const clockOf = (timeZone: string): Intl.DateTimeFormat => {
  const known = clocks.get(timeZone);
  if (known !== undefined) return known;
  const clock = new Intl.DateTimeFormat("en-GB", { timeZone, weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  clocks.set(timeZone, clock);
  return clock;
};

/** Minutes since Monday, midnight, on the wall of that zone. */
const minuteOfWeek = (now: Date, timeZone: string): number => {
  const parts = clockOf(timeZone).formatToParts(now);
  const part = (type: Intl.DateTimeFormatPartTypes): string => parts.find((one) => one.type === type)?.value ?? "";
  const day = WEEKDAYS.findIndex((name) => name === part("weekday").toLowerCase());
  return day * DAY_MINUTES + Number(part("hour")) * 60 + Number(part("minute"));
};

const beginOf = ({ from }: Weekly, day: (typeof WEEKDAYS)[number]): number => WEEKDAYS.indexOf(day) * DAY_MINUTES + from;

/** Whether it is open now. Where a clock is put forward over its beginning it begins with the first minute there is; what is put back is open twice. */
export const isOpenAt = (weekly: Weekly, now: Date): boolean => {
  const minute = minuteOfWeek(now, weekly.timeZone);
  return weekly.days.some((day) => (minute - beginOf(weekly, day) + WEEK_MINUTES) % WEEK_MINUTES < weekly.minutes);
};
export const isOpen = (window: MaintenanceWindow, now: Date): boolean => isOpenAt(weeklyOf(window), now);

/** Clocks are put forward or back by an hour; in one place and another it was two. */
const SHIFT_MINUTES_MAX = 180;

/** From when it is open: now, where it is. */
export const openingAt = (weekly: Weekly, now: Date): Date => {
  if (isOpenAt(weekly, now)) return now;
  const minute = minuteOfWeek(now, weekly.timeZone);
  const away = Math.min(...weekly.days.map((day) => (beginOf(weekly, day) - minute + WEEK_MINUTES) % WEEK_MINUTES));
  const thisMinute = Math.floor(now.getTime() / MINUTE_MS) * MINUTE_MS;
  const at = (minutes: number): Date => new Date(thisMinute + minutes * MINUTE_MS);
  // Minute by minute about the time that its clock says now: it may be put forward or back before.
  for (let minutes = Math.max(1, away - SHIFT_MINUTES_MAX); minutes <= away + SHIFT_MINUTES_MAX; minutes++)
    if (isOpenAt(weekly, at(minutes))) return at(minutes);
  return at(away);
};
export const opening = (window: MaintenanceWindow, now: Date): Date => openingAt(weeklyOf(window), now);

export const windowText = ({ days, from, hours, timeZone }: MaintenanceWindow): string =>
  `${days.length === WEEKDAYS.length ? "every day" : days.join(", ")} from ${from} for ${hours} h, ${timeZone}`;
