/** What a check would find now, asked of a dataplane. The rows in its answer pass through and are kept nowhere. */
import { userError, UserError } from "@touchstone/core/errors";
import { variableLiteral } from "@touchstone/core/expr/variables";
import { exportForm } from "@touchstone/core/rules/export-form";
import type { Context } from "../http/serve.ts";
import type { Services } from "../services.ts";
import { textsOf, unusablePart, type Read } from "./content.ts";
import { defaultsIn, type Home } from "./home.ts";

type Options = { max_records_analyzed_per_partition: number; check_variables: Record<string, string> };

/** Variables are constants; what else stands in one is refused before anything is asked. */
const refuseUnreadable = (variables: Readonly<Record<string, string>>): void => {
  for (const [name, given] of Object.entries(variables))
    try {
      variableLiteral(given);
    } catch (thrown) {
      if (thrown instanceof UserError) throw unusablePart(["check_variables", name], thrown.info);
      throw thrown;
    }
};

export const dryRun = async (context: Context<Services>, home: Home, { named }: Read, options: Options) => {
  refuseUnreadable(options.check_variables);
  const rows = options.max_records_analyzed_per_partition;
  const answer = await context.services.work.ask(
    home.datastoreId,
    "dry_run",
    {
      check: exportForm({ ...named, status: "Active" }),
      variables: { ...defaultsIn(textsOf(named), home.metadata), ...options.check_variables },
      rows_max: rows < 0 ? null : rows,
      masked: home.masked,
    },
    { signal: context.signal },
  );
  return answer;
};

/** A saved check that has no container cannot be run. */
export const templateRefusal = (id: number) =>
  userError("OBJECT_STATE_WRONG", "check", String(id), "it is a template, which has no rows to look at");
