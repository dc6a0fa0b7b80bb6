/** The sources of a command line as opened datastores, with what the options say about them. */
import { userError } from "@touchstone/core/errors";
import { nearestName } from "@touchstone/core/expr/nearest";
import type { Container } from "@touchstone/core/model/container";
import type { Catalog, ConnectOptions, Datastore } from "@touchstone/engine/connectors/connector";
import { connect } from "@touchstone/engine/connectors/index";

export type Overrides = {
  /** Names of containers wanted, * for any text; all when empty. */
  containers: readonly string[];
  /** `container.field` whose values never leave the engine. */
  masks: readonly string[];
  /** container -> the field that marks new rows. */
  incrementalFields: ReadonlyMap<string, string>;
};

const DATABASE = /^[a-z0-9+.-]+:|\.(duckdb|ddb|db)$/i;
const REMOTE_FILE = /^(s3|gs|gcs|az|azure|abfss?|https?|file):/i;

/** Opens databases each on its own and all files together; closes what was opened when one cannot be. */
export const openSources = async (
  sources: readonly string[],
  options: Partial<ConnectOptions>,
  overrides: Overrides,
): Promise<Datastore[]> => {
  const databases = sources.filter((source) => DATABASE.test(source) && !REMOTE_FILE.test(source));
  const files = sources.filter((source) => !databases.includes(source));
  const opened: Datastore[] = [];
  try {
    for (const group of [...(files.length > 0 ? [files] : []), ...databases.map((source) => [source])])
      opened.push(await connect(group, options));
    return opened.map((datastore) => overridden(datastore, overrides));
  } catch (thrown) {
    await closeAll(opened);
    throw thrown;
  }
};

export const closeAll = async (datastores: readonly Datastore[]): Promise<void> => {
  await Promise.all(datastores.map((datastore) => datastore.close()));
};

/** The datastore with a catalogue in which the overrides are applied. */
const overridden = (datastore: Datastore, overrides: Overrides): Datastore => ({
  ...datastore,
  sync: async (options) => applyOverrides(await datastore.sync(options), overrides),
});

/** Pure. Throws CONTAINER_UNKNOWN and FIELD_UNKNOWN for an override that fits nothing: a mask that masks nothing is a leak. */
export const applyOverrides = (catalog: Catalog, { containers, masks, incrementalFields }: Overrides): Catalog => {
  const names = catalog.containers.map(({ name }) => name);
  for (const wanted of containers)
    if (![...names, ...catalog.failures.map(({ name }) => name)].some((name) => fits(wanted, name)))
      throw userError("CONTAINER_UNKNOWN", wanted, nearestName(wanted, names));
  const chosen = (name: string) => containers.length === 0 || containers.some((wanted) => fits(wanted, name));
  for (const mask of masks) checkMask(mask, catalog.containers);
  for (const container of incrementalFields.keys())
    if (![...names, ...catalog.failures.map(({ name }) => name)].some((name) => same(name, container)))
      throw userError("CONTAINER_UNKNOWN", container, nearestName(container, names));
  return {
    ...catalog,
    containers: catalog.containers
      .filter(({ name }) => chosen(name))
      .map((container) => withIncremental(withMasks(container, masks), incrementalFields)),
    failures: catalog.failures.filter(({ name }) => chosen(name)),
  };
};

const fits = (wanted: string, name: string): boolean =>
  wanted.includes("*") && wanted !== name
    ? new RegExp(
        `^${wanted
          .split("*")
          .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"))
          .join(".*")}$`,
        "is",
      ).test(name)
    : wanted.toLowerCase() === name.toLowerCase();

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

const checkMask = (mask: string, containers: readonly Container[]): void => {
  const all = containers.flatMap(({ name, fields }) => fields.map((field) => `${name}.${field.name}`));
  if (!all.some((one) => same(one, mask))) throw userError("FIELD_UNKNOWN", mask, "The source", nearestName(mask, all));
};

const withMasks = (container: Container, masks: readonly string[]): Container => ({
  ...container,
  fields: container.fields.map((field) =>
    masks.some((mask) => same(mask, `${container.name}.${field.name}`)) ? { ...field, masked: true } : field,
  ),
});

const withIncremental = (container: Container, fields: ReadonlyMap<string, string>): Container => {
  const given = [...fields].find(([name]) => same(name, container.name))?.[1];
  if (given === undefined) return container;
  const found = container.fields.find(({ name }) => same(name, given));
  if (!found)
    throw userError(
      "FIELD_UNKNOWN",
      given,
      container.name,
      nearestName(
        given,
        container.fields.map(({ name }) => name),
      ),
    );
  return { ...container, incremental_field: found.name };
};
