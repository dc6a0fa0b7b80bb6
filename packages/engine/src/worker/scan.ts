/** Scan as work: one container's checks judged, its evidence written to where the user wants it, and the findings told without rows. */
import type { ScannedContainer, WorkCheck, WorkContainer } from "@touchstone/core/model/dataplane";
import type { OperationOptions } from "@touchstone/core/model/operation-options";
import type { ShownValue } from "@touchstone/core/model/profile";
import type { ContainerReport } from "@touchstone/core/model/report";
import { checkUid, distinctUid } from "@touchstone/core/rules/bind";
import { ruleByType } from "@touchstone/core/rules/index";
import type { RuleContext } from "@touchstone/core/rules/rule";
import { describeWrite, type EnrichmentTarget } from "../enrichment/index.ts";
import { scanContainer, type ContainerScan } from "../operations/scan.ts";
import { withContainer } from "./open-container.ts";
import { sampleRows, type OpenedContainer, type Operating } from "./operation.ts";
import { lookingHome, withReferences, type References } from "./references.ts";
import { seenKeys } from "./row-keys.ts";
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

/** Scans one container. Throws ABORTED, and what the engine or the enrichment datastore fails with. */
export const scanWork = (scanning: Scanning, known: WorkContainer): Promise<ScannedContainer> => {
  const { datastore, request, settings, lease, spec } = scanning;
  const { signal } = lease;
  const options = { signal, sampleRows: sampleRows(request) };
  return withReferences(known.references, settings, signal, (others) =>
    withContainer({ datastore, others, settings }, known, options, (opened) => {
      const since = opened.container.incremental_field === null ? null : sinceOf(request, known);
      const checks = chosenChecks(known, request);
      if (opened.datastore === datastore) return scanOpened(scanning, opened, checks, { since, references: others });
      const references = { ...others, [spec.datastore.name]: datastore };
      return scanOpened(scanning, opened, lookingHome(checks, spec.datastore.name), { since, references });
    }),
  );
};

type Reading = { since: ShownValue; references: References };

/** Judges the checks on a container that is open, and writes the evidence. */
export const scanOpened = async (
  scanning: Omit<Scanning, "datastore">,
  opened: OpenedContainer,
  checks: readonly WorkCheck[],
  { since, references }: Reading,
): Promise<ScannedContainer> => {
  const { request, lease, spec } = scanning;
  const { known, datastore } = opened;
  const { signal } = lease;
  const extent: Extent = { sliced: since !== null, sampled: opened.sampled };
  const scan = await scanContainer(datastore, opened.container, opened.relation, checks, {
    recordsMax: request.high_count_rollup_threshold ?? undefined,
    examplesMax: request.enrichment_source_record_limit ?? undefined,
    since,
    sampled: opened.sampled,
    references,
    variables: known.variables,
    history: historyOf(checks, known),
    signal,
    onFraction: (fraction) => lease.step({ container: known.name, phase: "scan", fraction }),
  });
  const seen_keys = since === null || opened.sampled ? [] : await seenKeys(opened, since, signal);
  const enriched = await enrich(scanning, opened, withCheckIds(checks, scan), extent);
  return {
    kind: "scan",
    container_id: known.id,
    result: "success",
    error: null,
    records: scan.records,
    records_processed: scan.records_processed,
    rejected_lines: opened.rejected.count,
    ...toldOf(String(spec.operation.id), opened, checks, scan, extent),
    // A sample says nothing of where the container ends.
    checkpoint: opened.sampled ? null : scan.checkpoint,
    seen_keys,
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
  { target, spec, request, lease, startedAt }: Omit<Scanning, "datastore">,
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
