/** Asking a dataplane whether something can be reached, also before it is saved. */
import { SECRETS } from "@touchstone/core/routes/connections";
import type { Services } from "../services.ts";
import { openSecrets } from "../store/connections.ts";
import type { Database } from "../store/database.ts";
import { found } from "../store/found.ts";
import type { Work } from "./work.ts";

type Target = NonNullable<NonNullable<Parameters<Work["ask"]>[3]>["instead"]>;
export type Reached = Pick<Target, "type" | "settings" | "secrets">;
export type Place = Pick<Target, "database" | "schema" | "root_path">;

/** A stored connection with its secrets open: for a question, and nowhere else. */
export const storedConnection = async (db: Database, services: Services, id: number): Promise<Reached> => {
  const row = await db.selectFrom("connection").where("id", "=", id).select(["type", "settings"]).executeTakeFirst();
  const { type, settings } = found(row, "connection", id);
  return { type, settings, secrets: await openSecrets(db, services.ring, id) };
};

/** With what was sent in place of what is kept. A secret that is set to null is taken away. */
export const overlaid = (
  kept: Reached,
  given: { type?: string | undefined; settings: Readonly<Record<string, unknown>>; secrets: Readonly<Record<string, string | null>> },
): Reached => {
  const secrets = { ...kept.secrets, ...given.secrets };
  return {
    type: given.type ?? kept.type,
    settings: { ...kept.settings, ...given.settings },
    secrets: Object.fromEntries(
      SECRETS.flatMap((name) => {
        const secret = secrets[name];
        return secret === undefined || secret === null ? [] : [[name, secret]];
      }),
    ),
  };
};

const sentence = (error: { what: string; why: string } | null): string | null => (error === null ? null : `${error.what}: ${error.why}`);

/** Whether a target that is not saved can be reached. Throws DATAPLANE_ABSENT, DATAPLANE_SILENT. */
export const tryTarget = async (services: Services, signal: AbortSignal, target: Reached & Place) => {
  const { connected, error } = await services.work.ask(null, "test", {}, { signal, instead: target });
  return { connected, message: sentence(error) };
};

/** Whether a stored datastore can be reached. */
export const tryDatastore = async (services: Services, signal: AbortSignal, id: number) => {
  const { connected, error } = await services.work.ask(id, "test", {}, { signal });
  return { connected, message: sentence(error) };
};
