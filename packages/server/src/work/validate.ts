/** Asking a dataplane what a computed container would be. */
import { userError, UserError } from "@touchstone/core/errors";
import type { Answered } from "@touchstone/core/model/work";
import type { Context } from "../http/serve.ts";
import type { Services } from "../services.ts";
import type { Mapping } from "../store/tables.ts";

export type Definition = { container_type: string; name: string; definition: Mapping };
export type Fields = Answered<"validate">["fields"];

/** Fields that the container would have. Throws QUESTION_FAILED, DATAPLANE_ABSENT, DATAPLANE_SILENT. */
export const validated = async (
  context: Context<Services>,
  datastoreId: number,
  { container_type, name, definition }: Definition,
  timeoutSeconds?: number,
): Promise<Fields> => {
  const { services, signal } = context;
  const asked = { container_type, name, definition };
  const options = { signal, ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }) };
  const { error, fields } = await services.work.ask(datastoreId, "validate", asked, options);
  if (error !== null) throw userError("QUESTION_FAILED", `${name} cannot be made`, `${error.what}: ${error.why}`);
  return fields;
};

/** The same where nobody may be there to ask: null, and the next profile finds the fields. */
export const validatedIfPossible = async (
  context: Context<Services>,
  datastoreId: number,
  definition: Definition,
): Promise<Fields | null> => {
  try {
    return await validated(context, datastoreId, definition);
  } catch (thrown) {
    const isAbsent = thrown instanceof UserError && (thrown.info.code === "DATAPLANE_ABSENT" || thrown.info.code === "DATAPLANE_SILENT");
    if (isAbsent) return null;
    throw thrown;
  }
};
