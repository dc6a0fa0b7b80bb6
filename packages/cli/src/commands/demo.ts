import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { datasetPaths } from "../demo-data.ts";
import check from "./check.ts";
import { text, type Command } from "./command.ts";

/** Checks several real datasets that nobody configured, and leaves a report to look at and tables to query. */
const command: Command = {
  usage: "demo",
  summary: "check real datasets that come with the packages",
  docs: "Profiles ten real datasets, infers checks from them, scans, and writes a report and the failing rows into a folder. Exit status 0 whatever it finds.",
  options: [{ flags: "--to <folder>", docs: "where the report and the tables go", default: "touchstone-demo" }],
  examples: ["touchstone demo", "touchstone demo --to /tmp/demo"],
  run: async (_args, values, terminal) => {
    const folder = text(values, "to") ?? "touchstone-demo";
    mkdirSync(folder, { recursive: true });
    const report = join(folder, "report.html");
    const enrichment = join(folder, "enrichment");
    const started = performance.now();
    await check.run(
      datasetPaths(),
      {
        format: "text",
        output: [report],
        enrich: enrichment,
        operationId: "demo",
        maxRecords: "10",
        failOn: "never",
        progress: "auto",
        level: "2",
        remediation: "none",
      },
      terminal,
    );
    terminal.stdout.write(`
${((performance.now() - started) / 1000).toFixed(1)} s. What was found, with charts and rows:  ${report}
The failing rows as Parquet tables:             ${enrichment}
Now your own:  ./touchstone check DATA.csv -o report.html
`);
    return 0;
  },
};
export default command;
