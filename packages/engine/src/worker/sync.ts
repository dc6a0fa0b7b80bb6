/** Sync as work: the catalogue, told of in batches. */
import type { SyncedContainer } from "@touchstone/core/model/dataplane";
import type { Operating } from "./operation.ts";

/** Containers of one message. */
const BATCH = 50;

export const syncWork = async ({ datastore, request, lease }: Operating): Promise<void> => {
  lease.step({ container: null, phase: "sync", fraction: 0 });
  const { containers, failures } = await datastore.sync({ signal: lease.signal });
  const wanted = (name: string) => !request.container_names?.length || request.container_names.includes(name);
  const results: SyncedContainer[] = [
    ...containers
      .filter(({ name, kind }) => wanted(name) && (!request.include?.length || request.include.includes(kind)))
      .map((container) => ({ kind: "sync" as const, name: container.name, result: "success" as const, error: null, container })),
    ...failures
      .filter(({ name }) => wanted(name))
      .map(({ name, error }) => ({ kind: "sync" as const, name, result: "failure" as const, error, container: null })),
  ];
  await lease.total(results.length);
  for (let from = 0; from < results.length; from += BATCH) {
    await lease.store(results.slice(from, from + BATCH));
    lease.step({ container: null, phase: "sync", fraction: Math.min(1, (from + BATCH) / results.length) });
  }
};
