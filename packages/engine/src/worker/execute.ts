/** A claimed operation as calls of the engine: the datastore is opened once, its containers are worked on one after another. */
import { toErrorInfo, userError, type ErrorInfo } from "@touchstone/core/errors";
import type { ContainerResult, OperationSpec, WorkContainer } from "@touchstone/core/model/dataplane";
import { OperationOptions } from "@touchstone/core/model/operation-options";
import type { Datastore } from "../connectors/connector.ts";
import type { EnrichmentTarget } from "../enrichment/index.ts";
import { exportWork } from "./export.ts";
import { externalScanWork, fetchUpload } from "./external-scan.ts";
import { materializeWork, uncopied } from "./materialize.ts";
import type { EngineSettings, Lease, Operating } from "./operation.ts";
import { overlaid } from "./overlay.ts";
import { profileWork, unprofiled } from "./profile.ts";
import { openDatastore, openEnrichment } from "./reach.ts";
import { unscanned } from "./results.ts";
import { scanWork } from "./scan.ts";
import { syncWork } from "./sync.ts";

/**
 * Does an operation, and tells of each container as it is finished. Throws ABORTED when it is to stop, and what makes the whole of
 * it impossible: a datastore that cannot be reached, a kind of operation that the engine has not.
 */
export const executeOperation = async (spec: OperationSpec, lease: Lease, settings: EngineSettings): Promise<void> => {
  if (spec.operation.type === "export") return exportWork(spec, lease, settings);
  const request = OperationOptions.parse(spec.operation.request);
  if (spec.operation.type === "external_scan") return scanSent({ spec, request, lease, settings });
  const opened = await openDatastore(spec.datastore, { ...settings, signal: lease.signal });
  try {
    await operate({ spec, request, datastore: opened, lease, settings });
  } finally {
    await opened.close();
  }
};

const operate = async (operating: Operating): Promise<void> => {
  const { spec, lease } = operating;
  if (spec.operation.type === "sync") return syncWork(operating);
  const datastore = await overlaid(operating.datastore, spec.masked, lease.signal);
  const work = await workOf({ ...operating, datastore });
  for (const { id, name } of spec.containers) {
    if (lease.signal.aborted) throw userError("ABORTED");
    lease.step({ container: name, phase: "stage", fraction: 0 });
    const known = await lease.open(id);
    if (known !== null) await lease.store([await resultOf(datastore, known, work, lease.signal)]);
  }
};

type Work = { run: (known: WorkContainer) => Promise<ContainerResult>; failed: (containerId: number, error: ErrorInfo) => ContainerResult };

const workOf = async (operating: Operating): Promise<Work> => {
  const { type } = operating.spec.operation;
  if (type === "profile") return { run: (known) => profileWork(operating, known), failed: unprofiled };
  // A target that cannot be written to is found out before the work, not after it.
  const target = await targetOf(operating);
  if (type === "materialize") {
    if (target === null)
      throw userError("OBJECT_STATE_WRONG", "datastore", operating.spec.datastore.name, "it has no enrichment datastore");
    return { run: (known) => materializeWork({ ...operating, target }, known), failed: uncopied };
  }
  const startedAt = new Date().toISOString();
  return { run: (known) => scanWork({ ...operating, target, startedAt }, known), failed: unscanned };
};

/** The rows are fetched once, and held against the container they were sent for. */
const scanSent = async (operating: Omit<Operating, "datastore">): Promise<void> => {
  const { spec, request, lease } = operating;
  const target = await targetOf(operating);
  const upload = await fetchUpload(lease, spec.operation.id, request);
  const startedAt = new Date().toISOString();
  for (const { id } of spec.containers) {
    const known = await lease.open(id);
    if (known !== null) await lease.store([await externalScanWork({ ...operating, target, startedAt }, upload, known)]);
  }
};

const targetOf = ({ spec: { enrichment, datastore }, settings }: Omit<Operating, "datastore">): Promise<EnrichmentTarget | null> =>
  enrichment === null ? Promise.resolve(null) : openEnrichment(enrichment, datastore.name, settings);

/** A container that fails costs itself; an abort leaves it as if it had not been begun. */
const resultOf = async (datastore: Datastore, known: WorkContainer, work: Work, signal: AbortSignal): Promise<ContainerResult> => {
  try {
    return await work.run(known);
  } catch (thrown) {
    if (signal.aborted) throw userError("ABORTED");
    return work.failed(known.id, toErrorInfo(thrown));
  } finally {
    const container = (await datastore.sync()).containers.find(({ name }) => name === known.name);
    if (container !== undefined) await datastore.release(container).catch(() => undefined);
  }
};
