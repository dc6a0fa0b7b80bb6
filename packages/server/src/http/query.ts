import { z } from "zod";

/** Whether a parameter may be given several times: an array behind what wraps it. */
const isMany = (schema: z.core.$ZodType): boolean => {
  if (schema instanceof z.ZodArray) return true;
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodNullable) return isMany(schema.unwrap());
  return false;
};

/** What stands after the `?`, as a mapping for the schema: lists where it takes lists, the last value elsewhere. */
export const queryValues = (schema: z.ZodObject, given: URLSearchParams): Record<string, string | string[]> => {
  const values: Record<string, string | string[]> = {};
  for (const name of new Set(given.keys())) {
    const all = given.getAll(name);
    const property = schema.shape[name];
    values[name] = property !== undefined && isMany(property) ? all : all.at(-1)!;
  }
  return values;
};
