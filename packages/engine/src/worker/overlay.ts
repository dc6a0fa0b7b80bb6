/** A datastore as people have decided it is: masked and excluded fields, the field that marks new rows. */
import type { Masks, WorkContainer } from "@touchstone/core/model/dataplane";
import type { Container } from "@touchstone/core/model/container";
import type { Catalog, Datastore } from "../connectors/connector.ts";

/** Pure. A masked field stays so in every place where its container is looked at, also as a reference. */
export const withMasks = (catalog: Catalog, masks: Masks): Catalog => ({
  ...catalog,
  containers: catalog.containers.map((container) => {
    const masked = masks.find((mask) => mask.container === container.name)?.fields ?? [];
    if (masked.length === 0) return container;
    return { ...container, fields: container.fields.map((field) => (masked.includes(field.name) ? { ...field, masked: true } : field)) };
  }),
});

/** The datastore with its catalogue read once, and masked. */
export const overlaid = async (datastore: Datastore, masks: Masks, signal: AbortSignal | undefined): Promise<Datastore> => {
  const catalog = withMasks(await datastore.sync({ signal }), masks);
  return { ...datastore, sync: () => Promise.resolve(catalog) };
};

/** Pure. The container with what is known of it: excluded fields are not looked at, the incremental field may be set or unset. */
export const asDecided = (container: Container, { fields, settings }: Pick<WorkContainer, "fields" | "settings">): Container => {
  const statusOf = new Map(fields.map(({ name, status }) => [name, status]));
  const kept = container.fields
    .filter(({ name }) => statusOf.get(name) !== "Excluded")
    .map((field) => (statusOf.get(field.name) === "Masked" ? { ...field, masked: true } : field));
  const incremental = settings["incremental_field_name"];
  return {
    ...container,
    fields: kept,
    keys: container.keys.filter((key) => key.every((name) => kept.some((field) => field.name === name))),
    incremental_field: incremental === undefined ? container.incremental_field : typeof incremental === "string" ? incremental : null,
  };
};
