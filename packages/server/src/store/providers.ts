import { userError } from "@touchstone/core/errors";
import { OidcSettings, SamlSettings } from "@touchstone/core/routes/providers";
import { z } from "zod";
import { opens, seal, unseal, type KeyRing } from "../auth/seal.ts";
import type { Database } from "./database.ts";

const Settings = z.discriminatedUnion("kind", [OidcSettings, SamlSettings]);
export type ProviderSettings = z.output<typeof Settings>;
export type Oidc = z.output<typeof OidcSettings>;
export type Saml = z.output<typeof SamlSettings>;

export type ProviderRow = { id: number; settings: ProviderSettings; secret_set: boolean; created_at: Date; updated_at: Date };

/** What the secret belongs to: it opens nowhere else. */
const ownerOf = (id: number): string => `identity provider ${id}`;

/** The providers by name, of one id where it is given. */
export const providerRows = async (db: Database, id: number | null = null): Promise<ProviderRow[]> => {
  let query = db
    .selectFrom("identity_provider")
    .select(["id", "name", "kind", "enabled", "settings", "key_id", "created_at", "updated_at"])
    .orderBy("name")
    .orderBy("id");
  if (id !== null) query = query.where("id", "=", id);
  const rows = await query.execute();
  return rows.map(({ id, name, kind, enabled, settings, key_id, created_at, updated_at }) => ({
    id,
    settings: Settings.parse({ ...settings, name, kind, enabled }),
    secret_set: key_id !== null,
    created_at,
    updated_at,
  }));
};

/** Throws OBJECT_UNKNOWN. */
export const findProvider = async (db: Database, id: number): Promise<ProviderRow> => {
  const [row] = await providerRows(db, id);
  if (row === undefined) throw userError("OBJECT_UNKNOWN", "identity provider", String(id));
  return row;
};

/** Columns of the settings, which hold no secret. */
export const settingColumns = ({ name, kind, enabled, ...settings }: ProviderSettings) => ({
  name,
  kind,
  enabled,
  settings: JSON.stringify(settings),
});

/** Seals a provider's secret; null takes it away. */
export const keepProviderSecret = async (db: Database, ring: KeyRing, id: number, secret: string | null): Promise<void> => {
  const sealed = secret === null ? null : seal(ring, secret, ownerOf(id));
  await db
    .updateTable("identity_provider")
    .set({ key_id: sealed?.keyId ?? null, sealed: sealed?.sealed ?? null })
    .where("id", "=", id)
    .execute();
};

/** The secret, for a request to the provider and for nothing else; null where there is none. */
export const openProviderSecret = async (db: Database, ring: KeyRing, id: number): Promise<string | null> => {
  const row = await db.selectFrom("identity_provider").where("id", "=", id).select(["key_id", "sealed"]).executeTakeFirst();
  return row?.key_id && row.sealed ? unseal(ring, { keyId: row.key_id, sealed: row.sealed }, ownerOf(id)) : null;
};

/** As `unreadableSecrets` of connections, for those of providers. */
export const unreadableProviderSecrets = async (db: Database, ring: KeyRing): Promise<{ of: string; keyId: string }[]> => {
  const rows = await db.selectFrom("identity_provider").select(["id", "name", "key_id", "sealed"]).orderBy("name").execute();
  return rows.flatMap(({ id, name, key_id, sealed }) =>
    key_id === null || sealed === null || opens(ring, { keyId: key_id, sealed }, ownerOf(id))
      ? []
      : [{ of: `the secret of the identity provider ${name}`, keyId: key_id }],
  );
};
