/** A container of the control plane, found in the datastore or computed from others, and made readable with its computed fields. */
import { nearestName } from "@touchstone/core/expr/nearest";
import { userError } from "@touchstone/core/errors";
import type { Container } from "@touchstone/core/model/container";
import type { WorkContainer } from "@touchstone/core/model/dataplane";
import type { Datastore, OpenOptions } from "../connectors/connector.ts";
import { isComputed, openComputed, type Reachable } from "./computed.ts";
import { withComputedFields } from "./computed-fields.ts";
import type { OpenedContainer } from "./operation.ts";
import { asDecided } from "./overlay.ts";

const findContainer = async (datastore: Datastore, name: string): Promise<{ found: Container; catalogue: readonly Container[] }> => {
  const { containers, failures } = await datastore.sync();
  const found = containers.find((container) => container.name === name);
  if (found !== undefined) return { found, catalogue: containers };
  const broken = failures.find((failure) => failure.name === name);
  if (broken !== undefined) throw userError("SOURCE_UNREADABLE", name, `${broken.error.what}: ${broken.error.why}`);
  throw userError(
    "CONTAINER_UNKNOWN",
    name,
    nearestName(
      name,
      containers.map((container) => container.name),
    ),
  );
};

const NO_LINES = { count: 0, examples: [] };

const opened = async (at: Reachable, known: WorkContainer, options: OpenOptions): Promise<OpenedContainer> => {
  if (isComputed(known)) {
    const { container, relation, datastore, close } = await openComputed(at, known, options);
    const sampled = relation.recordsTotal !== undefined;
    return { known, datastore, container: asDecided(container, known), catalogue: [], relation, rejected: NO_LINES, sampled, close };
  }
  const { datastore } = at;
  const { found, catalogue } = await findContainer(datastore, known.name);
  const { relation, rejected } = await datastore.open(found, options);
  const sampled = relation.recordsTotal !== undefined;
  return { known, datastore, container: asDecided(found, known), catalogue, relation, rejected, sampled, close: () => Promise.resolve() };
};

/**
 * Opens a container, or a sample of it, for as long as the work takes. Throws CONTAINER_UNKNOWN, and what the connector throws.
 */
export const withContainer = async <T>(
  at: Reachable,
  known: WorkContainer,
  options: OpenOptions,
  work: (opened: OpenedContainer) => Promise<T>,
): Promise<T> => {
  const container = await opened(at, known, options);
  try {
    return await work(withComputedFields(container));
  } finally {
    await container.close();
  }
};
