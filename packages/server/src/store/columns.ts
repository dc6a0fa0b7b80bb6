/** Kinds of columns, as Kysely reads and writes them. */
import type { ColumnType } from "kysely";

/** Read as Date, written as Date or ISO text. */
export type Time = ColumnType<Date, Date | string, Date | string>;
export type TimeOrNull = ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
/** jsonb: read as what it holds, written as JSON text. */
export type Json<T> = ColumnType<T, string, string>;
export type JsonOr<T> = ColumnType<T, string | undefined, string>;
export type Defaulted<T> = ColumnType<T, T | undefined, T>;

export type Mapping = Record<string, unknown>;
