/** Other datastores that work needs, open for as long as it takes, by the names under which they are meant. */
import type { QualityCheck } from "@touchstone/core/model/check";
import type { WorkContainer } from "@touchstone/core/model/dataplane";
import type { Datastore } from "../connectors/connector.ts";
import type { EngineSettings } from "./operation.ts";
import { overlaid } from "./overlay.ts";
import { openDatastore } from "./reach.ts";

export type References = Readonly<Record<string, Datastore>>;

/** Whether a check looks into another container. */
const refers = ({ properties }: QualityCheck): boolean => "ref_container_name" in properties;

/** Checks of rows that are read elsewhere: what they look into is in the container's own datastore, unless they say otherwise. */
export const lookingHome = <C extends QualityCheck>(checks: readonly C[], home: string): C[] =>
  checks.map((check) =>
    refers(check) && check.properties["ref_datastore_name"] === undefined
      ? { ...check, properties: { ...check.properties, ref_datastore_name: home } }
      : check,
  );

/** Opens them, works, and closes them whatever happens. */
export const withReferences = async <T>(
  wanted: WorkContainer["references"],
  settings: EngineSettings,
  signal: AbortSignal,
  work: (references: References) => Promise<T>,
): Promise<T> => {
  const opened: Datastore[] = [];
  const references: Record<string, Datastore> = {};
  try {
    for (const { masked, ...reach } of wanted) {
      const datastore = await openDatastore(reach, { ...settings, signal });
      opened.push(datastore);
      references[reach.name] = await overlaid(datastore, masked, signal);
    }
    return await work(references);
  } finally {
    await Promise.allSettled(opened.map((datastore) => datastore.close()));
  }
};
