/** Sync: what a datastore holds. Reads names, types and keys, never rows beyond what guessing a type needs. */
import type { Container } from "@touchstone/core/model/container";
import type { Catalog, Datastore } from "../connectors/connector.ts";
import { sameName } from "./containers.ts";

export type SyncOptions = {
  /** Names wanted; all when absent. */
  containers?: readonly string[] | undefined;
  /** Overrides of what sync guessed, by container. */
  incrementalFields?: Readonly<Record<string, string | null>> | undefined;
  signal?: AbortSignal | undefined;
};

/** The catalogue of a datastore, in the order of names. Throws ABORTED, and what the connection fails with. */
export const sync = async (datastore: Datastore, options: SyncOptions = {}): Promise<Catalog> => {
  const catalog = await datastore.sync({ signal: options.signal });
  const wanted = (name: string) => options.containers === undefined || options.containers.some((one) => sameName(one, name));
  return {
    containers: catalog.containers
      .filter(({ name }) => wanted(name))
      .map((container) => withOverrides(container, options.incrementalFields ?? {}))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
    failures: catalog.failures.filter(({ name }) => wanted(name)),
    notes: catalog.notes.filter(({ container }) => wanted(container)),
  };
};

const withOverrides = (container: Container, fields: Readonly<Record<string, string | null>>): Container => {
  const given = fields[container.name];
  return given === undefined ? container : { ...container, incremental_field: given };
};
