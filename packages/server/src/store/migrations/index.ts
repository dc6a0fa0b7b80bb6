/** The migrations in their order. A new one is one file and one line. */
import type { Migration } from "kysely/migration";
import first from "./0001-first.ts";
import largeLists from "./0002-large-lists.ts";

export const MIGRATIONS: Readonly<Record<string, Migration>> = Object.freeze({
  "0001-first": first,
  "0002-large-lists": largeLists,
});
