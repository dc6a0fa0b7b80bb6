/** The end of a sign-in at a provider, the same for each kind: who it is here, a session, and what is written down about it. */
import { toErrorInfo, userError, UserError } from "@touchstone/core/errors";
import type { Context } from "../http/serve.ts";
import type { Services } from "../services.ts";
import { findProvider, type ProviderRow } from "../store/providers.ts";
import { noteAudit } from "./audit.ts";
import { personFor, type Asserted } from "./identities.ts";
import { sessionFor, type Person } from "./sign-in.ts";

/** Addresses that providers are told must not be made from what a request says of itself. Throws SETTING_INVALID. */
export const requireBase = ({ baseUrl }: Services): string => {
  if (baseUrl === null) throw userError("SETTING_INVALID", "TOUCHSTONE_BASE_URL", "sign-in with identity providers needs it");
  return baseUrl;
};

/** A provider one may sign in with; one that is disabled is as good as none. Throws OBJECT_UNKNOWN. */
export const usableProvider = async <K extends "oidc" | "saml">(
  { db }: Context<Services>,
  id: number,
  kind: K,
): Promise<ProviderRow & { settings: Extract<ProviderRow["settings"], { kind: K }> }> => {
  const row = await findProvider(db, id);
  const { settings } = row;
  if (!settings.enabled || !isKind(settings, kind)) throw userError("OBJECT_UNKNOWN", "identity provider", String(id));
  return { ...row, settings };
};

const isKind = <K extends "oidc" | "saml">(
  settings: ProviderRow["settings"],
  kind: K,
): settings is Extract<ProviderRow["settings"], { kind: K }> => settings.kind === kind;

/** Does a step of a sign-in; a refusal is written down before it is passed on. */
export const noted = async <T>({ db, caller, requestId }: Context<Services>, provider: string, step: () => Promise<T>): Promise<T> => {
  try {
    return await step();
  } catch (thrown) {
    if (thrown instanceof UserError) {
      const detail = { how: provider, address: caller.address, code: toErrorInfo(thrown).code };
      await noteAudit(db, { event: "session.refuse", principal: null, object: null, requestId, detail });
    }
    throw thrown;
  }
};

export const flowRefused = (provider: string) =>
  userError("SIGN_IN_REFUSED", provider, "the sign-in has ended, was finished already, or was begun in another browser");

/** The person here. */
export const identify = ({ db, requestId }: Context<Services>, provider: ProviderRow, asserted: Asserted): Promise<Person> =>
  db.transaction().execute((at) => personFor(at, provider, asserted, requestId));

/** Signs the browser in. */
export const enter = async (context: Context<Services>, provider: ProviderRow, person: Person): Promise<void> => {
  const session = await context.db.transaction().execute((db) => sessionFor({ ...context, db }, person, provider.settings.name));
  context.headers.append("set-cookie", session.setCookie);
};
