/**
 * External scan as work: rows that came with the operation, held against the checks of a container. Checks about volume, freshness and
 * measurements over time say nothing of a few rows, and are left out.
 */
import { userError } from "@touchstone/core/errors";
import type { ScannedContainer, WorkCheck, WorkContainer } from "@touchstone/core/model/dataplane";
import type { OperationOptions } from "@touchstone/core/model/operation-options";
import { ruleByType } from "@touchstone/core/rules/index";
import type { Datastore } from "../connectors/connector.ts";
import { withComputedFields } from "./computed-fields.ts";
import { fetchRows } from "./open-rows.ts";
import type { Lease, OpenedContainer, Operating } from "./operation.ts";
import { asDecided, overlaid } from "./overlay.ts";
import { openDatastore } from "./reach.ts";
import { lookingHome, withReferences } from "./references.ts";
import { scanOpened, type Scanning } from "./scan.ts";
import { openUpload, type Upload } from "./upload.ts";

/** What was sent with an operation. Throws UPLOAD_UNUSABLE when nobody holds it any more. */
export const fetchUpload = async (lease: Lease, operationId: number, request: OperationOptions): Promise<Upload> => {
  const name = request.upload_name ?? "upload";
  const { upload_format: format, upload_sheet: sheet } = request;
  return { name, format: format ?? "json", sheet: sheet ?? null, text: await fetchRows(lease, operationId, name) };
};

const isAboutRows = ({ rule_type }: WorkCheck): boolean => {
  const rule = ruleByType(rule_type);
  return rule?.category !== "metadata" && !(rule?.shape === "row" && rule.measure !== undefined);
};

/** The container's own datastore, opened only where a check looks into it. */
const withHome = async <T>(
  { spec, settings, lease }: Omit<Operating, "datastore">,
  checks: readonly WorkCheck[],
  work: (home: Record<string, Datastore>) => Promise<T>,
): Promise<T> => {
  const { datastore: reach, masked } = spec;
  if (!checks.some((check) => check.properties["ref_datastore_name"] === reach.name)) return work({});
  const home = await openDatastore(reach, { ...settings, signal: lease.signal });
  try {
    return await work({ [reach.name]: await overlaid(home, masked, lease.signal) });
  } finally {
    await home.close();
  }
};

/** Scans what was sent. Throws ABORTED, UPLOAD_UNUSABLE, and what the engine or the enrichment datastore fails with. */
export const externalScanWork = async (
  scanning: Omit<Scanning, "datastore">,
  upload: Upload,
  known: WorkContainer,
): Promise<ScannedContainer> => {
  const { settings, lease, spec } = scanning;
  const { signal } = lease;
  const checks = lookingHome(known.checks.filter(isAboutRows), spec.datastore.name);
  if (checks.length === 0) throw userError("OBJECT_STATE_WRONG", "container", known.name, "it has no checks that look at rows");
  const { datastore, container } = await openUpload(upload, known, settings, { signal });
  try {
    const { relation, rejected } = await datastore.open(container);
    const close = () => datastore.close();
    const sent = { container: asDecided(container, known), catalogue: [], relation, rejected, sampled: false };
    const opened: OpenedContainer = { known, datastore, ...sent, close };
    const told = await withHome(scanning, checks, (home) =>
      withReferences(known.references, settings, signal, (others) =>
        scanOpened(scanning, withComputedFields(opened), checks, { since: null, references: { ...home, ...others } }),
      ),
    );
    return { ...told, checkpoint: null, anomalies: told.anomalies.map((anomaly) => ({ ...anomaly, partition: upload.name })) };
  } finally {
    await datastore.close();
  }
};
