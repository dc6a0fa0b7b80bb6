import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import check from "./check.ts";
import { text, type Command } from "./command.ts";

/** Real tables that come with the package `vega-datasets` (BSD-3-Clause), as their publishers left them. */
const DATASETS = [
  "flights-200k.json",
  "movies.json",
  "birdstrikes.csv",
  "airports.csv",
  "seattle-weather.csv",
  "zipcodes.csv",
  "cars.json",
  "penguins.json",
  "disasters.csv",
  "stocks.csv",
];

/** Checks several real datasets that nobody configured, and leaves a report to look at and tables to query. */
const command: Command = {
  usage: "demo",
  summary: "check real datasets that come with the packages",
  docs: "Profiles ten real datasets, infers checks from them, scans, and writes a report and the failing rows into a folder. Exit status 0 whatever it finds.",
  options: [{ flags: "--to <folder>", docs: "where the report and the tables go", default: "touchstone-demo" }],
  examples: ["npm start", "touchstone demo --to /tmp/demo"],
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

const datasetPaths = (): string[] => {
  const folder = join(dirname(fileURLToPath(import.meta.resolve("vega-datasets"))), "..", "data");
  return DATASETS.map((name) => join(folder, name));
};
