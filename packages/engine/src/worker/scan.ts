/** Scan as work: one container's checks judged, its evidence written to where the user wants it, and the findings told without rows. */
import type { ScannedContainer, WorkCheck, WorkContainer } from "@touchstone/core/model/dataplane";
import type { OperationOptions } from "@touchstone/core/model/operation-options";
import type { ShownValue } from "@touchstone/core/model/profile";
import type { ContainerReport } from "@touchstone/core/model/report";
import { checkUid, distinctUid } from "@touchstone/core/rules/bind";
import { ruleByType } from "@touchstone/core/rules/index";
import type { RuleContext } from "@touchstone/core/rules/rule";
import type { Datastore } from "../connectors/connector.ts";
import { describeWrite, type EnrichmentTarget } from "../enrichment/index.ts";
import { scanContainer, type ContainerScan } from "../operations/scan.ts";
import { openContainer } from "./open-container.ts";
import { sampleRows, type OpenedContainer, type Operating } from "./operation.ts";
import { overlaid } from "./overlay.ts";
import { openDatastore } from "./reach.ts";
import { toldOf, withCheckIds, type Extent } from "./results.ts";

/** What a scan keeps open besides the datastore. */
export type Scanning = Operating & { target: EnrichmentTarget | null; startedAt: string };

const chosenChecks = ({ checks }: WorkContainer, { check_categories }: OperationOptions): WorkCheck[] =>
  check_categories?.length
    ? checks.filter(({ rule_type }) => check_categories.includes(ruleByType(rule_type)?.category ?? "data_integrity"))
    : checks;

/** Measurements by the uid under which the engine will know each check. */
const historyOf = (checks: readonly WorkCheck[], { history }: WorkContainer): Record<string, RuleContext["history"]> => {
  const taken = new Set<string>();
  return Object.fromEntries(
    checks.map((check) => [distinctUid(checkUid(check, ruleByType(check.rule_type)), check, taken), history[String(check.id)] ?? []]),
  );
};

/** Where an incremental scan begins; null reads everything. */
const sinceOf = ({ incremental, greater_than_time, greater_than_batch }: OperationOptions, known: WorkContainer): ShownValue =>
  incremental === true ? (greater_than_time ?? greater_than_batch ?? known.checkpoint) : null;

const withReferences = async <T>(
  { settings, lease }: Operating,
  known: WorkContainer,
  work: (references: Record<string, Datastore>) => Promise<T>,
): Promise<T> => {
  const references: Record<string, Datastore> = {};
  try {
    for (const { masked, ...reach } of known.references)
      references[reach.name] = await overlaid(await openDatastore(reach, { ...settings, signal: lease.signal }), masked, lease.signal);
    return await work(references);
  } finally {
    await Promise.allSettled(Object.values(references).map((datastore) => datastore.close()));
  }
};

/** Scans one container. Throws ABORTED, and what the engine or the enrichment datastore fails with. */
export const scanWork = async (scanning: Scanning, known: WorkContainer): Promise<ScannedContainer> => {
  const { datastore, request, lease, spec } = scanning;
  const { signal } = lease;
  const checks = chosenChecks(known, request);
  const opened = await openContainer(datastore, known, { signal, sampleRows: sampleRows(request) });
  const since = opened.container.incremental_field === null ? null : sinceOf(request, known);
  const extent: Extent = { sliced: since !== null, sampled: opened.sampled };
  const limit = request.enrichment_source_record_limit ?? undefined;
  const scan = await withReferences(scanning, known, (references) =>
    scanContainer(datastore, opened.container, opened.relation, checks, {
      recordsMax: request.high_count_rollup_threshold ?? undefined,
      examplesMax: limit,
      since,
      sampled: opened.sampled,
      references,
      variables: known.variables,
      history: historyOf(checks, known),
      signal,
      onFraction: (fraction) => lease.step({ container: known.name, phase: "scan", fraction }),
    }),
  );
  const enriched = await enrich(scanning, opened, withCheckIds(checks, scan), extent);
  return {
    kind: "scan",
    container_id: known.id,
    result: "success",
    error: null,
    records: scan.records,
    records_processed: scan.records_processed,
    rejected_lines: opened.rejected.count,
    ...toldOf(String(spec.operation.id), known.name, checks, scan, extent),
    // A sample says nothing of where the container ends.
    checkpoint: opened.sampled ? null : scan.checkpoint,
    enriched,
  };
};

const reportOf = ({ container, known, rejected }: OpenedContainer, scan: ContainerScan): ContainerReport => ({
  ...scan,
  name: known.name,
  kind: container.kind,
  result: "success",
  error: null,
  rejected_lines: rejected.count,
  rejected_examples: rejected.examples,
  notes: [],
  fields: container.fields.map(({ name, field_type, native_type }) => ({ name, field_type, native_type, profile: null })),
});

/** Writes the evidence before the control plane is told of it: what it knows can be looked up. Answers whether rows were written. */
const enrich = async (
  { target, spec, request, lease, startedAt }: Scanning,
  opened: OpenedContainer,
  scan: ContainerScan,
  { sliced }: Extent,
) => {
  if (target === null) return false;
  lease.step({ container: opened.known.name, phase: "enrich", fraction: 0 });
  const operation = {
    id: String(spec.operation.id),
    ids: { datastore: String(spec.datastore.id), container: String(opened.known.id) },
    datastore: spec.datastore.name,
    incremental: sliced,
    startedAt,
    finishedAt: new Date().toISOString(),
    sourceRecordLimit: request.enrichment_source_record_limit ?? null,
    recordsAnalyzedMax: sampleRows(request) ?? null,
    remediation: spec.enrichment?.remediation ?? ("none" as const),
  };
  await target.write(describeWrite(operation, target.prefix, [reportOf(opened, scan)]), { signal: lease.signal });
  return scan.anomalies.some(({ record, examples }) => record !== null || examples.length > 0);
};
