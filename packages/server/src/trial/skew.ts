/** Messages as a peer of another version of the protocol writes them: one that knows less, one that knows more. Made from the contract. */
import { z } from "zod";
import type { Route } from "@touchstone/core/routes/contract";
import { protocol } from "@touchstone/core/routes/dataplanes";
import type { Send } from "./trial.ts";

type Change = (schema: z.ZodObject, value: Record<string, unknown>) => Record<string, unknown>;

const mayBeAbsent = (schema: z.core.$ZodType | undefined): boolean =>
  schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || (schema instanceof z.ZodNullable && mayBeAbsent(schema.unwrap()));

/** What may be absent is what a version before did not know. */
const fewer: Change = (schema, value) => Object.fromEntries(Object.entries(value).filter(([name]) => !mayBeAbsent(schema.shape[name])));

/** What a later version adds, wherever there is a place for it. */
const more: Change = (_, value) => ({ ...value, novelty: { of: ["a", "later", "version"] } });

const isMapping = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === "object" && !Array.isArray(value);

/** Changes every object of a message that has a shape of its own; free mappings (settings, variables) are data, and stay. */
const changed = (schema: z.core.$ZodType, value: unknown, change: Change): unknown => {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault)
    return value === null || value === undefined ? value : changed(schema.unwrap(), value, change);
  if (schema instanceof z.ZodArray) return Array.isArray(value) ? value.map((each) => changed(schema.element, each, change)) : value;
  if (schema instanceof z.ZodUnion) {
    const option = schema.options.find((one) => one instanceof z.ZodType && one.safeParse(value).success);
    return option === undefined ? value : changed(option, value, change);
  }
  if (!(schema instanceof z.ZodObject) || !isMapping(value)) return value;
  const inner = Object.entries(value).map(([name, each]) => [
    name,
    name in schema.shape ? changed(schema.shape[name], each, change) : each,
  ]);
  return change(schema, Object.fromEntries(inner));
};

const ROUTES: readonly Route[] = Object.values(protocol);

const routeOf = (path: string): Route | undefined =>
  ROUTES.find((route) => new RegExp(`^${route.path.replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(path));

export type Skew = { sent: "fewer" | "more" | "as it is"; answered: "fewer" | "more" | "as it is" };

const CHANGES = { fewer, more, "as it is": null };

/** A way to a control plane between two versions. */
export const skewed =
  (send: Send, { sent, answered }: Skew): Send =>
  async (path, body, options) => {
    const route = routeOf(path);
    const toServer = CHANGES[sent];
    const toDataplane = CHANGES[answered];
    const answer = await send(path, toServer === null || route?.body === undefined ? body : changed(route.body, body, toServer), options);
    if (toDataplane === null || route?.output === undefined || answer.status >= 300) return answer;
    return { ...answer, body: changed(route.output, answer.body, toDataplane) };
  };
