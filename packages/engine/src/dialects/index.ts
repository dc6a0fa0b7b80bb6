/** The dialects. One more is one file and one line here; whatever differs by dialect elsewhere then does not compile until it knows it. */
import { duckdb } from "./duckdb.ts";
import { postgres } from "./postgres.ts";

export const DIALECTS = { duckdb, postgres };

export type DialectName = keyof typeof DIALECTS;

export const isDialectName = (name: string): name is DialectName => Object.hasOwn(DIALECTS, name);
