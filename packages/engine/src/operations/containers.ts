/**
 * The frame of every operation over containers: open, work, release, one after another. A broken container is reported
 * and the next one goes on; an abort keeps what is finished; containers finished in an earlier run are not read again.
 */
import { errorInfo, toErrorInfo } from "@touchstone/core/errors";
import type { ErrorInfo } from "@touchstone/core/errors";
import { nearestName } from "@touchstone/core/expr/nearest";
import type { Container } from "@touchstone/core/model/container";
import type { OnEvent } from "@touchstone/core/model/operation";
import type { ContainerReport, Report, Summary } from "@touchstone/core/model/report";
import type { Datastore, Relation } from "../connectors/connector.ts";

/** A container made readable. */
export type OpenContainer = {
  datastore: Datastore;
  container: Container;
  relation: Relation;
  /** All containers of the datastore. */
  catalogue: readonly Container[];
  /** Tells which step is under way, and how far it is. */
  onPhase: (phase: "profile" | "infer" | "scan" | "enrich") => void;
  onFraction: (phase: string, fraction: number) => void;
  signal: AbortSignal | undefined;
};

/** What the work on one container adds to its report. */
export type ContainerFindings = Partial<
  Pick<ContainerReport, "records" | "records_processed" | "passes" | "fields" | "checks" | "anomalies" | "checkpoint">
>;

export type OperationRequest = {
  /** Stable identity of the run: the same id resumes. */
  id: string;
  /** Version of the program, for the report. */
  version: string;
  datastores: readonly Datastore[];
  /** Sources as the user typed them. */
  sources: readonly string[];
  /** Names of containers to look at; all when absent. */
  containers?: readonly string[] | undefined;
  /** Reports of containers an earlier run with this id finished. */
  finished?: readonly ContainerReport[] | undefined;
  sampleRows?: number | undefined;
  signal?: AbortSignal | undefined;
  onEvent?: OnEvent | undefined;
  /** Called when a container is done, before the next one starts: where evidence is written to the user's store. */
  onContainer?: ((report: ContainerReport, open: { datastore: Datastore; container: Container } | null) => Promise<void>) | undefined;
};

type OperationType = Report["operation"]["type"];

type Found = { datastore: Datastore; container: Container; catalogue: readonly Container[]; notes: string[] };

/** Runs the work on every container and gathers the report. Never throws for what one container has done. */
export const runContainers = async (
  request: OperationRequest,
  operation: { type: OperationType; incremental: boolean },
  work: (open: OpenContainer) => Promise<ContainerFindings>,
): Promise<Report> => {
  const started = now();
  const { found, broken } = await discover(request);
  const emit: OnEvent = (event) => request.onEvent?.(event);
  emit({ event: "operation_started", id: request.id, type: operation.type, containers: found.length + broken.length, at: started });
  const reports: ContainerReport[] = [...broken];
  for (const report of broken) emit(finishedEvent(report));
  for (const each of found) reports.push(await runContainer(request, each, work, emit));
  const summary = summaryOf(reports);
  emit({ event: "operation_finished", id: request.id, result: summary.result, at: now() });
  return {
    touchstone: request.version,
    operation: { id: request.id, type: operation.type, started_at: started, finished_at: now(), incremental: operation.incremental },
    sources: [...request.sources],
    containers: reports,
    summary,
  };
};

/** Lists the containers of all datastores; what could not be listed is a failed container of its own. */
const discover = async ({ datastores, containers, signal }: OperationRequest): Promise<{ found: Found[]; broken: ContainerReport[] }> => {
  const found: Found[] = [];
  const broken: ContainerReport[] = [];
  const all: string[] = [];
  const wanted = (name: string) => containers === undefined || containers.some((one) => sameName(one, name));
  for (const datastore of datastores) {
    const catalog = await datastore.sync({ signal });
    all.push(...catalog.containers.map(({ name }) => name));
    found.push(
      ...catalog.containers
        .filter(({ name }) => wanted(name))
        .map((container) => ({
          datastore,
          container,
          catalogue: catalog.containers,
          notes: catalog.notes.filter((note) => note.container === container.name).map(({ text }) => text),
        })),
    );
    broken.push(
      ...catalog.failures
        .filter(({ name }) => containers === undefined || containers.some((one) => namesFile(one, name)))
        .map(({ name, error }) => emptyReport({ name, kind: "file" }, "failure", error)),
    );
  }
  const names = [...found.map(({ container }) => container.name), ...broken.map((report) => report.name)];
  for (const name of containers ?? [])
    if (!names.some((one) => namesFile(name, one)))
      broken.push(emptyReport({ name, kind: "table" }, "failure", errorInfo("CONTAINER_UNKNOWN", name, nearestName(name, all))));
  return { found, broken };
};

const runContainer = async (
  request: OperationRequest,
  found: Found,
  work: (open: OpenContainer) => Promise<ContainerFindings>,
  emit: OnEvent,
): Promise<ContainerReport> => {
  const { container, notes } = found;
  const kept = request.finished?.find((report) => report.name === container.name && report.result === "success");
  if (kept) return kept;
  emit({ event: "container_started", container: container.name, at: now() });
  const report = { ...(await reportOf(request, found, work, emit)), notes };
  emit(finishedEvent(report));
  return report;
};

const reportOf = async (
  request: OperationRequest,
  { datastore, container, catalogue }: Found,
  work: (open: OpenContainer) => Promise<ContainerFindings>,
  emit: OnEvent,
): Promise<ContainerReport> => {
  if (request.signal?.aborted) return emptyReport(container, "aborted", errorInfo("ABORTED"));
  const onPhase = (phase: "stage" | "profile" | "infer" | "scan" | "enrich") =>
    emit({ event: "phase", container: container.name, phase, at: now() });
  const onFraction = (phase: string, fraction: number) => emit({ event: "progress", container: container.name, phase, fraction });
  try {
    onPhase("stage");
    const { relation, rejected } = await datastore.open(container, {
      signal: request.signal,
      sampleRows: request.sampleRows,
      onProgress: (fraction) => onFraction("stage", fraction),
    });
    const findings = await work({ datastore, container, relation, catalogue, onPhase, onFraction, signal: request.signal });
    const report = {
      ...emptyReport(container, "success", null),
      rejected_lines: rejected.count,
      rejected_examples: rejected.examples,
      ...findings,
    };
    if (request.onContainer) {
      onPhase("enrich");
      await request.onContainer(report, { datastore, container });
    }
    return report;
  } catch (thrown) {
    const error = toErrorInfo(thrown);
    return emptyReport(container, error.code === "ABORTED" ? "aborted" : "failure", error);
  } finally {
    // A datastore that is gone has nothing left to release; its loss is already in the report.
    await datastore.release(container).catch(() => undefined);
  }
};

const emptyReport = (
  container: Pick<Container, "name" | "kind"> & Partial<Container>,
  result: ContainerReport["result"],
  error: ErrorInfo | null,
): ContainerReport => ({
  name: container.name,
  kind: container.kind,
  result,
  error,
  records: 0,
  records_processed: 0,
  rejected_lines: container.rejected_lines ?? 0,
  rejected_examples: [],
  notes: [],
  passes: [],
  fields: (container.fields ?? []).map(({ name, field_type, native_type }) => ({ name, field_type, native_type, profile: null })),
  checks: [],
  anomalies: [],
  checkpoint: null,
});

const finishedEvent = (report: ContainerReport) => ({
  event: "container_finished" as const,
  container: report.name,
  result: report.result,
  records: report.records,
  anomalies: report.anomalies.length,
  error: report.error as ErrorInfo | null,
  at: now(),
});

/** Names are matched exactly or without regard to case, as in checks. */
export const sameName = (a: string, b: string): boolean => a === b || a.toLowerCase() === b.toLowerCase();

/** A file that could not be read goes by its file name, `orders.csv.gz`, where the container would have been `orders`. */
const namesFile = (container: string, name: string): boolean =>
  sameName(container, name) || name.toLowerCase().startsWith(`${container.toLowerCase()}.`);

const now = (): string => new Date().toISOString();

/** Counts over all containers. Aborted when any is; a failure when all failed; else a success, maybe with failed containers. */
export const summaryOf = (containers: readonly ContainerReport[]): Summary => {
  const sum = (value: (report: ContainerReport) => number) => containers.reduce((total, report) => total + value(report), 0);
  const checks = (status: string) => sum((report) => report.checks.filter((check) => check.status === status).length);
  const failed = containers.filter(({ result }) => result === "failure").length;
  return {
    result: containers.some(({ result }) => result === "aborted")
      ? "aborted"
      : containers.length > 0 && failed === containers.length
        ? "failure"
        : "success",
    containers: containers.length,
    containers_failed: failed,
    records: sum((report) => report.records),
    checks: sum((report) => report.checks.length),
    passed: checks("passed"),
    failed: checks("failed"),
    unasserted: checks("unasserted"),
    anomalies: sum((report) => report.anomalies.length),
    anomalous_records: sum((report) => report.anomalies.reduce((total, anomaly) => total + anomaly.anomalous_records, 0)),
    rejected_lines: sum((report) => report.rejected_lines),
  };
};
