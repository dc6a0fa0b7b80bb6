import type { z } from "zod";
import { userError } from "@touchstone/core/errors";
import { OidcSettings, SamlSettings, type Provider, type ProviderInput, type providers } from "@touchstone/core/routes/providers";
import { writeAudit } from "../auth/audit.ts";
import { openOidc } from "../auth/oidc.ts";
import { readMetadata } from "../auth/saml-metadata.ts";
import { certificateOf, samlAddresses } from "../auth/saml.ts";
import { requireBase } from "../auth/sso.ts";
import type { Context, Handlers } from "../http/serve.ts";
import type { GuardedFetch } from "../http/ssrf.ts";
import type { Services } from "../services.ts";
import type { Database } from "../store/database.ts";
import { isDuplicate } from "../store/paging.ts";
import {
  findProvider,
  keepProviderSecret,
  openProviderSecret,
  providerRows,
  settingColumns,
  type ProviderRow,
  type ProviderSettings,
} from "../store/providers.ts";
import { redirectUri, startPath } from "./sso.ts";

type Input = z.output<typeof ProviderInput>;
type SamlInput = Extract<Input, { kind: "saml" }>;

const providerOf = ({ id, settings, secret_set, created_at, updated_at }: ProviderRow, base: string): z.input<typeof Provider> => {
  const made = { id, start: startPath(settings.kind, id), created: created_at.toISOString(), updated: updated_at.toISOString() };
  if (settings.kind === "oidc") return { ...settings, ...made, callback_url: redirectUri(base, id), client_secret_set: secret_set };
  const { entityId, consumer } = samlAddresses(base, id);
  return { ...settings, ...made, callback_url: consumer, entity_id: entityId, metadata_url: entityId };
};

/** The description of a SAML provider: fetched, given, or entered piece by piece. Throws PROVIDER_UNUSABLE, ADDRESS_REFUSED. */
const describedSaml = async (input: SamlInput, ask: GuardedFetch) => {
  const { name, metadata_url, metadata_xml, idp_issuer, entry_point, certificates } = input;
  const fetched = metadata_url ? await asked(name, metadata_url, ask) : (metadata_xml ?? null);
  const described =
    fetched === null ? { idp_issuer, entry_point, certificates: (certificates ?? []).map(certificateOf) } : await readMetadata(fetched);
  if (typeof described === "string") throw userError("PROVIDER_UNUSABLE", name, described);
  const settings = SamlSettings.safeParse({ ...input, ...described });
  if (!settings.success)
    throw userError("PROVIDER_UNUSABLE", name, `it needs its metadata, or ${settings.error.issues[0]?.path.join(".") ?? "more"}`);
  return settings.data;
};

const asked = async (name: string, url: string, ask: GuardedFetch): Promise<string> => {
  const answer = await ask(url).catch((thrown: unknown) => {
    if (thrown instanceof Error && "info" in thrown) throw thrown;
    throw userError("PROVIDER_UNUSABLE", name, "its metadata cannot be fetched");
  });
  if (!answer.ok) throw userError("PROVIDER_UNUSABLE", name, `its metadata is answered with ${answer.status}`);
  return answer.text();
};

/** Settings that were tried: what does not answer as it should is not kept. */
const tried = async (input: Input, keptSecret: string | null, { services }: Context<Services>): Promise<ProviderSettings> => {
  if (input.kind === "saml") return describedSaml(input, services.ask);
  const settings = OidcSettings.parse(input);
  await openOidc(settings, input.client_secret ?? keptSecret, services.ask);
  return settings;
};

/** Writes a provider, and what was done, at once; answers it as it then is. */
const keep = async (
  { change, services, principal, requestId }: Context<Services>,
  event: string,
  input: Input,
  write: (db: Database) => Promise<number>,
): Promise<z.input<typeof Provider>> => {
  try {
    return await change(async (at) => {
      const id = await write(at);
      if (input.kind === "oidc" && input.client_secret !== undefined) await keepProviderSecret(at, services.ring, id, input.client_secret);
      if (!input.enabled) await endSessions(at, input.name);
      await writeAudit(at, {
        event,
        principal,
        object: id,
        requestId,
        detail: { name: input.name, kind: input.kind, enabled: input.enabled },
      });
      return providerOf(await findProvider(at, id), requireBase(services));
    });
  } catch (thrown) {
    throw isDuplicate(thrown, "identity_provider_name") ? userError("OBJECT_EXISTS", "identity provider", input.name) : thrown;
  }
};

/** Whoever came through a provider that is not trusted any more goes with it. */
const endSessions = (db: Database, name: string) => db.deleteFrom("session").where("how", "=", name).execute();

export const providerHandlers: Handlers<typeof providers, Services> = {
  list: async (_, { db, services }) => {
    const base = services.baseUrl ?? "";
    return { items: (await providerRows(db)).map((row) => providerOf(row, base)) };
  },

  create: async ({ body }, context) => {
    requireBase(context.services);
    const settings = await tried(body, null, context);
    return keep(context, "provider.create", body, async (db) => {
      const made = await db.insertInto("identity_provider").values(settingColumns(settings)).returning("id").executeTakeFirstOrThrow();
      return made.id;
    });
  },

  get: async ({ params }, { db, services }) => providerOf(await findProvider(db, params.id), services.baseUrl ?? ""),

  update: async ({ params, body }, context) => {
    const { db, services } = context;
    requireBase(services);
    const before = await findProvider(db, params.id);
    if (before.settings.kind !== body.kind)
      throw userError("PROVIDER_UNUSABLE", before.settings.name, "it is of another kind: make a new one");
    const settings = await tried(body, await openProviderSecret(db, services.ring, params.id), context);
    return keep(context, "provider.update", body, async (at) => {
      const changed = { ...settingColumns(settings), updated_at: new Date() };
      await at.updateTable("identity_provider").set(changed).where("id", "=", params.id).execute();
      await at.updateTable("session").set({ how: settings.name }).where("how", "=", before.settings.name).execute();
      return params.id;
    });
  },

  delete: async ({ params }, { db }) => {
    const { settings } = await findProvider(db, params.id);
    await endSessions(db, settings.name);
    await db.deleteFrom("identity_provider").where("id", "=", params.id).execute();
    return undefined;
  },
};
