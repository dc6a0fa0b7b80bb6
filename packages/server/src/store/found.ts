import { userError } from "@touchstone/core/errors";
import { isDuplicate } from "./paging.ts";

/** The row, or OBJECT_UNKNOWN: there is none, or it is nothing to the caller. */
export const found = <T>(row: T | undefined, noun: string, id: number | string): T => {
  if (row === undefined) throw userError("OBJECT_UNKNOWN", noun, String(id));
  return row;
};

/** A write whose name may be taken: a violated index of that name becomes OBJECT_EXISTS. */
export const unlessTaken = async <T>(index: string, noun: string, name: string, work: Promise<T>): Promise<T> => {
  try {
    return await work;
  } catch (thrown) {
    throw isDuplicate(thrown, index) ? userError("OBJECT_EXISTS", noun, name) : thrown;
  }
};
