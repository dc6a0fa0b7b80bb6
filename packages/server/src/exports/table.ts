/** The shape of a table that is exported: its columns, and its rows part by part. One file of this folder for each. */
import type { ExportPage } from "@touchstone/core/model/dataplane";
import { tagsOf, type TaggedNoun } from "../store/tags.ts";
import type { Database } from "../store/database.ts";

/** What an export was asked for. */
export type Asked = {
  datastoreId: number;
  /** Containers that are meant. */
  containerIds: readonly number[];
  includeDeleted: boolean;
  templateIds: readonly number[] | null;
};

type Kind = ExportPage["columns"][number]["kind"];

/** Values by column; what is absent is NULL. */
export type Values = Readonly<Record<string, unknown>> & { id: number };

export type ExportTable = {
  /** Name without the prefix. */
  table: string;
  columns: Readonly<Record<string, Kind>>;
  /** Text columns by which a table of this name is known to be ours. */
  identity: readonly string[];
  /** The next rows in order of their ids, after this one. */
  rows: (db: Database, asked: Asked, after: number, rowsMax: number) => Promise<Values[]>;
};

/** Names of the own tags of objects, by id, as JSON. */
export const tagNames = async (db: Database, noun: TaggedNoun, ids: readonly number[]): Promise<Map<number, string[]>> =>
  new Map([...(await tagsOf(db, noun, ids))].map(([id, tags]) => [id, tags.map(({ name }) => name)]));
