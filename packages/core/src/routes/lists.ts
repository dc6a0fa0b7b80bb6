/** Parameters that lists have in common. */
import { z } from "zod";

/** An id as a parameter or in a body. */
export const Id = z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER);

/** Which way a list runs. */
export const Direction = z.enum(["asc", "desc"]);

/** Whether a list shows what is archived: not, too, or nothing else. */
export const Archived = z.enum(["exclude", "include", "only", "true", "false"]).transform((word): "exclude" | "include" | "only" => {
  if (word === "true") return "include";
  return word === "false" ? "exclude" : word;
});

/** Longest text of a search. */
export const Search = z.string().max(200);

/** A moment, or a day, as a parameter; of years that a store can still count a day on from. */
export const Moment = z
  .string()
  .max(40)
  .refine(
    (text) => /^[12]\d{3}-\d{2}-\d{2}/.test(text) && !Number.isNaN(Date.parse(text)),
    "a date is written 2031-02-01, a time 2031-02-01T08:00:00Z",
  );

/** Most objects that one request changes: each is a few statements. */
const BULK_MAX = 5000;

/** A list of what to change. Naming one twice is a mistake of the sender. */
export const bulk = <T extends z.ZodType<{ id: number }>>(item: T) =>
  z
    .array(item)
    .min(1)
    .max(BULK_MAX)
    .refine((items) => new Set(items.map(({ id }) => id)).size === items.length, "an id stands in it twice");
