/** A table that is written whole, in the place of what stood under its name: exports and snapshots. */
import type { Column, Wire } from "./kind.ts";
import type { WriteOptions } from "./target.ts";

export type Batch = readonly (readonly Wire[])[];

export type Replacement = {
  /** The operation that writes it. */
  operationId: string;
  table: string;
  columns: readonly Column[];
  /** Text columns that a table of this name must have, else it is not ours and stays untouched. */
  identity: readonly string[];
  /** Made anew at each call; a batch at a time, so that the rows never stand in memory all at once. */
  rows: () => AsyncIterable<Batch>;
};

/**
 * Puts a table in its place. Where the rows themselves cannot be had (their source fails, the lease is lost), that is what is thrown,
 * and not that the target could not be written.
 */
export const replacing = async (replacement: Replacement, put: (replacement: Replacement) => Promise<void>): Promise<void> => {
  const failures: unknown[] = [];
  const rows = async function* (): AsyncIterable<Batch> {
    try {
      yield* replacement.rows();
    } catch (thrown) {
      failures.push(thrown);
      throw thrown;
    }
  };
  try {
    await put({ ...replacement, rows });
  } catch (thrown) {
    throw failures.length === 0 ? thrown : failures[0];
  }
};

/** How a target puts it. */
export type Replace = (replacement: Replacement, options?: WriteOptions) => Promise<void>;
