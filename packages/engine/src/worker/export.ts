/** Export as work: a table of what the control plane knows, written into the enrichment datastore part by part. */
import { userError } from "@touchstone/core/errors";
import type { ExportPage, OperationSpec } from "@touchstone/core/model/dataplane";
import type { Batch } from "../enrichment/index.ts";
import type { EngineSettings, Lease } from "./operation.ts";
import { openEnrichment } from "./reach.ts";

/** The parts, one after another, from the first on. Told of each. */
async function* parts(first: ExportPage, lease: Lease, onPart: (rows: number) => void): AsyncIterable<Batch> {
  for (let page = first; ; page = await lease.export(page.next!)) {
    if (lease.signal.aborted) throw userError("ABORTED");
    yield page.rows;
    onPart(page.rows.length);
    if (page.next === null) return;
  }
}

/** Writes the table. Throws ABORTED, and what the enrichment datastore fails with. */
export const exportWork = async (spec: OperationSpec, lease: Lease, settings: EngineSettings): Promise<void> => {
  const { enrichment, datastore, operation } = spec;
  if (enrichment === null) throw userError("OBJECT_STATE_WRONG", "datastore", datastore.name, "it has no enrichment datastore to write to");
  const target = await openEnrichment(enrichment, datastore.name, settings);
  const first = await lease.export(null);
  const { columns, identity } = first;
  const table = `${target.prefix}_${first.table}`;
  await lease.total(1);
  let records = 0;
  const rows = (): AsyncIterable<Batch> => {
    records = 0;
    return parts(first, lease, (more) => {
      records += more;
      lease.step({ container: table, phase: "export", fraction: 0 });
    });
  };
  await target.replace(
    { operationId: String(operation.id), table, columns: columns.map(({ name, kind }) => ({ name, kind: { kind } })), identity, rows },
    { signal: lease.signal },
  );
  await lease.store([{ kind: "export", name: table, result: "success", error: null, records }]);
};
