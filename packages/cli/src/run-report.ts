/** What check and scan share: open, run, enrich, remember, report, and the exit status. */
import { basename, dirname, resolve } from "node:path";
import { userError } from "@touchstone/core/errors";
import type { Report } from "@touchstone/core/model/report";
import type { Datastore } from "@touchstone/engine/connectors/connector";
import { connect } from "@touchstone/engine/connectors/index";
import type { OperationRequest } from "@touchstone/engine/operations/containers";
import type { ScanOptions } from "@touchstone/engine/operations/scan";
import type { EnrichmentTarget } from "@touchstone/engine/enrichment/index";
import type { ExitStatus, Terminal, Values } from "./commands/command.ts";
import { flag, list, text } from "./commands/command.ts";
import { connectOptions, masks, operationId, pairs, recordsMax, sampleRows } from "./commands/settings.ts";
import { formatOfFile, formatReport } from "./formats/index.ts";
import { openProgress, type ProgressStyle } from "./progress.ts";
import { recall, rememberContainer, rememberRun, type Memory } from "./memory.ts";
import { closeAll, openSources } from "./sources.ts";
import { VERSION } from "./version.ts";
import { checkWritable, writeWhole } from "./whole-file.ts";

/** An opened run: the request every operation takes, and the scan's options. */
export type Run = { request: OperationRequest; options: Omit<ScanOptions, "signal" | "onFraction">; memory: Memory | null };

/**
 * Opens everything the options name, runs, writes evidence and state, prints the report and closes. What cannot work
 * (a target without rights, an unknown output format) fails before any data is read.
 */
export const runAndReport = async (
  sources: readonly string[],
  values: Values,
  terminal: Terminal,
  operate: (run: Run) => Promise<Report>,
): Promise<ExitStatus> => {
  const outputs = list(values, "output").map((path) => ({ path, format: formatOfFile(path) }));
  for (const { path } of outputs) checkWritable(path);
  const id = operationId(values);
  const cap = recordsMax(values);
  const variables = Object.fromEntries(pairs(values, "var"));
  const opened: Datastore[] = [];
  const progress = openProgress((text(values, "progress") ?? "auto") as ProgressStyle, terminal.stderr);
  try {
    const limits = connectOptions(values, terminal.signal);
    const datastores = await openSources(sources, limits, {
      containers: list(values, "container"),
      masks: masks(values),
      incrementalFields: pairs(values, "incrementalField"),
    });
    opened.push(...datastores);
    const references: Record<string, Datastore> = {};
    for (const [name, source] of pairs(values, "reference")) opened.push((references[name] = await connect([source], limits)));
    const target = await openEnrichment(values, sources, limits);
    const memory = await recall(values, datastores);
    const report = await operate({
      memory,
      request: {
        id,
        version: VERSION,
        datastores,
        sources: datastores.map(({ name }) => name),
        sampleRows: sampleRows(values),
        signal: terminal.signal,
        onEvent: progress.onEvent,
        finished: memory?.finished(id),
        onContainer: memory === null ? undefined : (container) => rememberContainer(memory, id, container),
      },
      options: {
        recordsMax: cap === Infinity ? "all" : cap,
        examplesMax: cap === Infinity ? "all" : Math.max(cap, 1),
        variables,
        references,
        history: memory?.history(id),
      },
    });
    // Nothing looked at is not nothing wrong: a gate must not open because a schema is empty.
    if (report.containers.length === 0 && report.operation.type !== "scan")
      throw userError("SOURCE_WITHOUT_CONTAINERS", datastores.map(({ name }) => name).join(", "));
    // A target that fails costs its own writing, not the report: it is shown first and the failure thrown behind it.
    const keeping = await settled(async () => {
      if (target && report.summary.result !== "aborted") await enrich(target, report, values, datastores, terminal.signal);
      if (memory) await rememberRun(memory, report, datastores, terminal.signal);
    });
    progress.done();
    const shown = { colour: terminal.colour, verbose: flag(values, "verbose") };
    for (const block of await formatReport(report, text(values, "format") ?? "text", shown)) terminal.stdout.write(block);
    if (!terminal.signal.aborted)
      for (const { path, format } of outputs) writeWhole(path, await formatReport(report, format, { colour: false, verbose: true }));
    if (keeping.status === "rejected") throw keeping.reason;
    return exitStatus(report, text(values, "failOn") ?? "anomalies");
  } finally {
    progress.done();
    await closeAll(opened);
  }
};

const settled = async (work: () => Promise<void>): Promise<PromiseSettledResult<void>> => (await Promise.allSettled([work()]))[0];

const openEnrichment = async (
  values: Values,
  sources: readonly string[],
  limits: Parameters<typeof openSources>[1],
): Promise<EnrichmentTarget | null> => {
  const target = text(values, "enrich");
  if (target === undefined) return null;
  const { openTarget } = await import("@touchstone/engine/enrichment/index");
  return openTarget(target, { ...limits, source: sourceLabel(sources), prefix: text(values, "enrichPrefix") });
};

/** A short name for what is checked, of which the prefix of the enrichment tables is made: the file, the folder of several, the database. */
export const sourceLabel = ([first = "source", ...others]: readonly string[]): string => {
  const path = first.replace(/^[a-z0-9+.-]+:\/\/[^/]*\//i, "").replace(/\?.*$/s, "");
  const label =
    others.length === 0 && !/[*?[]/.test(path) ? basename(path).replace(/(\.[a-z0-9]+){1,2}$/i, "") : basename(dirname(resolve(path)));
  return label === "" ? "source" : label;
};

const enrich = async (
  target: EnrichmentTarget,
  report: Report,
  values: Values,
  datastores: readonly Datastore[],
  signal: AbortSignal,
): Promise<void> => {
  const { describeWrite } = await import("@touchstone/engine/enrichment/index");
  const cap = recordsMax(values);
  const remediation = text(values, "remediation");
  const { id, incremental, started_at, finished_at } = report.operation;
  await target.write(
    describeWrite(
      {
        id,
        datastore: datastores.map(({ name }) => name).join(", "),
        incremental,
        startedAt: started_at,
        finishedAt: finished_at,
        sourceRecordLimit: cap === Infinity ? null : cap,
        recordsAnalyzedMax: sampleRows(values) ?? null,
        remediation: remediation === "append" || remediation === "overwrite" ? remediation : "none",
      },
      target.prefix,
      report.containers,
    ),
    { signal },
  );
};

/** 2 when something could not run, 1 when something is wrong (rejected lines are), else 0. */
export const exitStatus = ({ summary, containers }: Report, failOn: string): ExitStatus => {
  const nothingRan = summary.checks > 0 && summary.unasserted === summary.checks && containers.some(({ result }) => result === "success");
  if (summary.result !== "success" || summary.containers_failed > 0 || nothingRan) return 2;
  if (failOn === "never") return 0;
  const wrong = summary.failed + summary.anomalies + summary.rejected_lines > 0;
  return wrong || (failOn === "unasserted" && summary.unasserted > 0) ? 1 : 0;
};
