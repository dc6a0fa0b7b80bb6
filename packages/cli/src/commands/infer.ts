import type { QualityCheck } from "@touchstone/core/model/check";
import { runContainers } from "@touchstone/engine/operations/containers";
import { inferChecks } from "@touchstone/engine/operations/infer";
import { profileContainer } from "@touchstone/engine/operations/profile";
import { checksToYaml, writeChecksFile } from "../checks-file.ts";
import { counted } from "../formats/words.ts";
import { openProgress, type ProgressStyle } from "../progress.ts";
import { closeAll, openSources } from "../sources.ts";
import { VERSION } from "../version.ts";
import { checkWritable } from "../whole-file.ts";
import { flag, list, text, type Command } from "./command.ts";
import { connectOptions, INFER_OPTIONS, inferSettings, masks, operationId, sampleRows, SOURCE_OPTIONS } from "./settings.ts";

/** The checks the data suggests, to be read, changed and kept as code. */
const command: Command = {
  usage: "infer <source...>",
  summary: "write the checks that the data suggests, as YAML",
  docs: "Profiles the source and writes the checks it suggests, each with its evidence, as YAML on stdout or into --output. Exit status 2 when a container could not be read.",
  options: [
    ...INFER_OPTIONS,
    { flags: "-o, --output <file>", docs: "write to this file instead of stdout" },
    { flags: "--draft", docs: "give the checks the status Draft, to be reviewed before they run" },
    ...SOURCE_OPTIONS,
  ],
  examples: ["touchstone infer orders.csv > checks.yaml", "touchstone infer postgres://me@db/shop --level 3 -o checks.yaml"],
  run: async (sources, values, terminal) => {
    const output = text(values, "output");
    if (output !== undefined) checkWritable(output);
    const datastores = await openSources(sources, connectOptions(values, terminal.signal), {
      containers: list(values, "container"),
      masks: masks(values),
      incrementalFields: new Map(),
    });
    const progress = openProgress((text(values, "progress") ?? "auto") as ProgressStyle, terminal.stderr);
    const checks: QualityCheck[] = [];
    try {
      const request = {
        id: operationId(values),
        version: VERSION,
        datastores,
        sources: datastores.map(({ name }) => name),
        sampleRows: sampleRows(values),
        signal: terminal.signal,
        onEvent: progress.onEvent,
      };
      const report = await runContainers(
        request,
        { type: "profile", incremental: false },
        async ({ datastore, container, relation, catalogue, onPhase, signal }) => {
          const now = new Date().toISOString();
          onPhase("profile");
          const profile = await profileContainer(datastore, container, relation, { now, signal, onEvent: progress.onEvent });
          onPhase("infer");
          checks.push(
            ...(await inferChecks(datastore, container, relation, profile, {
              now,
              ...inferSettings(values),
              catalogue,
              signal,
              onEvent: progress.onEvent,
            })),
          );
          return { records: profile.records, records_processed: profile.records_processed };
        },
      );
      progress.done();
      const inferred = checks.map((check) => (flag(values, "draft") ? { ...check, status: "Draft" as const } : check));
      if (report.summary.result === "success")
        if (output === undefined) terminal.stdout.write(checksToYaml(inferred));
        else writeChecksFile(inferred, output);
      terminal.stderr.write(
        `${counted(checks.length, "check")} inferred from ${counted(report.summary.records, "record")}${overBudget(checks)}\n`,
      );
      for (const { name, error } of report.containers)
        if (error) terminal.stderr.write(`${name}: ${error.code}: ${error.what}: ${error.why}\n`);
      return report.summary.result === "success" && report.summary.containers_failed === 0 ? 0 : 2;
    } finally {
      progress.done();
      await closeAll(datastores);
    }
  },
};
export default command;

const overBudget = (checks: readonly QualityCheck[]): string => {
  const drafts = checks.filter(({ status }) => status === "Draft").length;
  return drafts === 0 ? "" : `; ${drafts} of them drafts, beyond the budget of false alarms`;
};
