/** A claimed operation as calls of the engine: the datastore is opened once, its containers are worked on one after another. */
import { toErrorInfo, userError } from "@touchstone/core/errors";
import type { ContainerResult, OperationSpec, WorkContainer } from "@touchstone/core/model/dataplane";
import { OperationOptions } from "@touchstone/core/model/operation-options";
import type { Datastore } from "../connectors/connector.ts";
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
  const request = OperationOptions.parse(spec.operation.request);
  const { type } = spec.operation;
  if (type !== "sync" && type !== "profile" && type !== "scan")
    throw userError("NOT_SUPPORTED", `the operation ${type}`, "this dataplane", "so far it syncs, profiles and scans");
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

type Work = { run: (known: WorkContainer) => Promise<ContainerResult>; failed: typeof unscanned | typeof unprofiled };

const workOf = async (operating: Operating): Promise<Work> => {
  if (operating.spec.operation.type === "profile") return { run: (known) => profileWork(operating, known), failed: unprofiled };
  const { enrichment, datastore } = operating.spec;
  // A target that cannot be written to is found out before the scan, not after it.
  const target = enrichment === null ? null : await openEnrichment(enrichment, datastore.name, operating.settings);
  const startedAt = new Date().toISOString();
  return { run: (known) => scanWork({ ...operating, target, startedAt }, known), failed: unscanned };
};

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
