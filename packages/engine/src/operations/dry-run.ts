/** Dry run: one check on a part of a container, to see what it would find. Nothing is kept. */
import { nearestName } from "@touchstone/core/expr/nearest";
import { userError } from "@touchstone/core/errors";
import type { QualityCheck } from "@touchstone/core/model/check";
import type { Anomaly, CheckResult } from "@touchstone/core/model/report";
import type { Datastore } from "../connectors/connector.ts";
import { sameName } from "./containers.ts";
import { scanContainer } from "./scan.ts";
import type { ScanOptions } from "./scan.ts";

/** Rows a dry run looks at unless told otherwise: enough to see a rule at work, few enough to wait for. */
export const DRY_RUN_ROWS = 10_000;

export type DryRun = { records: number; records_processed: number; check: CheckResult; anomalies: Anomaly[] };

/** Runs one check on a sample of its container. Throws CONTAINER_UNKNOWN, and the check's own error when it cannot run. */
export const dryRun = async (
  datastore: Datastore,
  check: QualityCheck,
  options: ScanOptions & { sampleRows?: number | undefined } = {},
): Promise<DryRun> => {
  const { containers } = await datastore.sync({ signal: options.signal });
  const container = containers.find(({ name }) => sameName(name, check.container));
  if (!container)
    throw userError(
      "CONTAINER_UNKNOWN",
      check.container,
      nearestName(
        check.container,
        containers.map(({ name }) => name),
      ),
    );
  const { relation } = await datastore.open(container, { signal: options.signal, sampleRows: options.sampleRows ?? DRY_RUN_ROWS });
  try {
    const { records, records_processed, checks, anomalies } = await scanContainer(datastore, container, relation, [check], {
      ...options,
      sampled: true,
    });
    return { records, records_processed, check: checks[0]!, anomalies };
  } finally {
    await datastore.release(container);
  }
};
