import { fieldsOf } from "@touchstone/engine/operations/check";
import { runContainers } from "@touchstone/engine/operations/containers";
import { profileContainer } from "@touchstone/engine/operations/profile";
import { runAndReport } from "../run-report.ts";
import type { Command } from "./command.ts";
import { REPORT_OPTIONS, SOURCE_OPTIONS } from "./settings.ts";

/** What the data looks like, without judging it. */
const command: Command = {
  usage: "profile <source...>",
  summary: "statistics of every field",
  docs: "Profiles every container: counts, NULLs, distinct values, quantiles, histogram, top values, patterns, gaps and correlations of every field.",
  options: [...SOURCE_OPTIONS, ...REPORT_OPTIONS],
  examples: [
    "touchstone profile orders.csv",
    "touchstone profile 'data/*.parquet' -o profile.html",
    "touchstone profile warehouse.duckdb --container orders --format json",
  ],
  run: async (sources, values, terminal) =>
    runAndReport(sources, values, terminal, ({ request }) =>
      runContainers(request, { type: "profile", incremental: false }, async ({ datastore, container, relation, onPhase, signal }) => {
        onPhase("profile");
        const profile = await profileContainer(datastore, container, relation, {
          now: new Date().toISOString(),
          signal,
          onEvent: request.onEvent,
        });
        return { records: profile.records, records_processed: profile.records_processed, fields: fieldsOf(container, profile) };
      }),
    ),
};
export default command;
