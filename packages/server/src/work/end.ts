/** The end of an operation: its result follows from those of its containers. */
import type { OperationResult } from "@touchstone/core/model/work";
import type { Database } from "../store/database.ts";

/** An error as it came over the wire. */
type Told = { code: string; what: string; why: string };

export type Ending = { aborted?: boolean; error?: Told };

/** Containers a message names; the others are counted. */
const NAMED_MAX = 3;

const sentence = ({ code, what, why }: Told): string => `${code}: ${what}: ${why}`;

type Outcome = { container: string; result: string; message: string | null };

/** Aborted when it was asked to stop; a failure when nothing succeeded; else a success, with a message when something did not. */
export const resultOf = (outcomes: readonly Outcome[], ending: Ending): { result: OperationResult; message: string | null } => {
  const failed = outcomes.filter(({ result }) => result !== "success");
  const named = failed.slice(0, NAMED_MAX).map(({ container, message }) => `${container} (${message ?? "no reason was given"})`);
  const others = failed.length > NAMED_MAX ? ` and ${failed.length - NAMED_MAX} others` : "";
  const told = failed.length === 0 ? null : `${failed.length} of ${outcomes.length} containers failed: ${named.join("; ")}${others}`;
  if (ending.aborted) return { result: "aborted", message: told };
  if (ending.error !== undefined) return { result: "failure", message: sentence(ending.error) };
  return { result: outcomes.length > 0 && failed.length === outcomes.length ? "failure" : "success", message: told };
};

/** Writes down how an operation ended; one that has ended stays as it is. */
export const endOperation = async (db: Database, operationId: number, ending: Ending): Promise<void> => {
  const outcomes = await db
    .selectFrom("operation_container")
    .where("operation_id", "=", operationId)
    .where("result", "<>", "success")
    .orderBy("container")
    .select(["container", "result", "message"])
    .execute();
  const { total } = await db
    .selectFrom("operation_container")
    .where("operation_id", "=", operationId)
    .select(({ fn }) => fn.countAll<number>().as("total"))
    .executeTakeFirstOrThrow();
  const succeeded = Array.from({ length: Number(total) - outcomes.length }, () => ({ container: "", result: "success", message: null }));
  await db
    .updateTable("operation")
    .set({ ...resultOf([...outcomes, ...succeeded], ending), finished_at: new Date(), progress: null })
    .where("id", "=", operationId)
    .where("finished_at", "is", null)
    .execute();
};
