/** What a caller gives a route and gets from it, inferred from the contract: the types of the typed client. */
import type { z } from "zod";
import type { Route } from "../routes/contract.ts";

/** What may be left out, whatever it is. `undefined extends input` would also be true of what is coerced, whose input is unknown. */
type MayBeAbsent = z.ZodOptional | z.ZodDefault | z.ZodPrefault;

/** A value as it is written or as it is read: a flag is `true` as well as `"true"`, a moment a `Date` as well as its text. */
type Value<S extends z.ZodType> = (unknown extends z.input<S> ? never : z.input<S>) | z.output<S>;

type ParametersOf<O extends z.ZodObject> = {
  [K in keyof O["shape"] as O["shape"][K] extends MayBeAbsent ? never : K]: Value<O["shape"][K] & z.ZodType>;
} & {
  [K in keyof O["shape"] as O["shape"][K] extends MayBeAbsent ? K : never]?: Value<O["shape"][K] & z.ZodType>;
};

type Named<Key extends string, Part> = Record<never, never> extends Part ? { [K in Key]?: Part } : { [K in Key]: Part };
type Nothing = Record<never, never>;

/** The parts of a request, each there when the route has it, and optional when all of it is. */
export type Given<R extends Route> = (R extends { params: infer P extends z.ZodObject } ? Named<"params", ParametersOf<P>> : Nothing) &
  (R extends { query: infer Q extends z.ZodObject } ? Named<"query", ParametersOf<Q>> : Nothing) &
  (R extends { body: infer B extends z.ZodType } ? Named<"body", z.input<B>> : Nothing);

/** What is answered, after defaults were filled in. */
export type AnswerOf<R extends Route> = R extends { output: infer O extends z.ZodType } ? z.output<O> : undefined;

/** A route of which a caller may say nothing at all. */
export type GivenOf<R extends Route> = Nothing extends Given<R> ? [given?: Given<R>] : [given: Given<R>];
