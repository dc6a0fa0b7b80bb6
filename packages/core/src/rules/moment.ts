/** Points in time as properties give them: ISO 8601, in UTC unless they carry an offset. */
import { z } from "zod";
import { timestamp, type Literal } from "../expr/expr.ts";

const SHAPE = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6})\d*)?)?)?\s*(Z|[+-]\d\d(?::?\d\d)?)?$/i;

/** Text that names a point in time; refuses what is not in the calendar. */
export const moment = z
  .string()
  .refine((text) => microText(text) !== null, "it is not an ISO 8601 date or time, such as 2031-02-01 or 2031-02-01T12:00:00Z");

/** The point in time as a timestamp constant in UTC. */
export const instant = (text: string): Extract<Literal, { type: "Timestamp" }> => {
  const value = microText(text);
  if (value === null) throw new Error("moment was not parsed");
  const literal = timestamp(value);
  if (literal.type !== "Timestamp") throw new Error("timestamp() builds timestamps");
  return literal;
};

/** `YYYY-MM-DD HH:MM:SS.ffffff` in UTC, null where the text is no such time. Microseconds are kept apart: Date has none. */
const microText = (text: string): string | null => {
  const match = SHAPE.exec(text.trim());
  if (!match) return null;
  const [, year, month, day, hour = "00", minute = "00", second = "00", fraction = "", zone = "Z"] = match;
  const offset = /^z$/i.test(zone) ? "Z" : `${zone.slice(0, 3)}:${zone.replace(":", "").slice(3) || "00"}`;
  const local = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(local.getTime()) || local.getUTCDate() !== Number(day)) return null;
  const utc = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}${offset}`);
  return Number.isNaN(utc.getTime()) ? null : `${utc.toISOString().slice(0, 19).replace("T", " ")}.${fraction.padEnd(6, "0")}`;
};
