/** A container of the control plane, found in the datastore and made readable. */
import { nearestName } from "@touchstone/core/expr/nearest";
import { userError } from "@touchstone/core/errors";
import type { Container } from "@touchstone/core/model/container";
import type { WorkContainer } from "@touchstone/core/model/dataplane";
import type { Datastore, OpenOptions } from "../connectors/connector.ts";
import { sampled } from "../connectors/files/sample.ts";
import { isComputed, openComputed } from "./computed.ts";
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

/** Opens a container, or a sample of it. Throws CONTAINER_UNKNOWN, and what the connector throws. */
export const openContainer = async (datastore: Datastore, known: WorkContainer, options: OpenOptions): Promise<OpenedContainer> => {
  if (isComputed(known)) return openedComputed(datastore, known, options);
  const { found, catalogue } = await findContainer(datastore, known.name);
  const { relation, rejected } = await datastore.open(found, options);
  const isSample = relation.recordsTotal !== undefined;
  return { known, container: asDecided(found, known), catalogue, relation, rejected, sampled: isSample };
};

const openedComputed = async (datastore: Datastore, known: WorkContainer, options: OpenOptions): Promise<OpenedContainer> => {
  const { container, relation } = await openComputed(datastore, known, options);
  const part =
    options.sampleRows === undefined
      ? relation
      : await sampled(datastore.session, relation, container.fields, `"sample of a computed table"`, options.sampleRows, options);
  return {
    known,
    container: asDecided(container, known),
    catalogue: [],
    relation: part,
    rejected: { count: 0, examples: [] },
    sampled: part.recordsTotal !== undefined,
  };
};
