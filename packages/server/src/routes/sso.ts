import { Role } from "@touchstone/core/routes/contract";
import type { sso } from "@touchstone/core/routes/sso";
import { beginFlow, findFlow, ownPath, takeFlow } from "../auth/flows.ts";
import { authorizationUrl, finishOidc, newExpectation, openOidc } from "../auth/oidc.ts";
import { readResponse, samlAddresses, samlMetadata, samlStartUrl } from "../auth/saml.ts";
import { enter, flowRefused, identify, noted, requireBase, usableProvider } from "../auth/sso.ts";
import type { Handlers } from "../http/serve.ts";
import type { Services } from "../services.ts";
import { openProviderSecret, providerRows } from "../store/providers.ts";

/** Where a sign-in with a provider begins. */
export const startPath = (kind: "oidc" | "saml", id: number): string => `/api/auth/${kind === "oidc" ? "oidc" : "saml2"}/${id}/start`;
export const redirectUri = (base: string, id: number): string => `${base}/api/auth/oidc/${id}/callback`;

export const ssoHandlers: Handlers<typeof sso, Services> = {
  choices: async (_, { db }) => {
    const rows = await providerRows(db);
    return {
      items: rows.flatMap(({ id, settings: { name, kind, enabled } }) => (enabled ? [{ id, name, kind, start: startPath(kind, id) }] : [])),
    };
  },

  oidcStart: async ({ params, query }, context) => {
    const { db, services, caller, request, headers } = context;
    const base = requireBase(services);
    const { settings } = await usableProvider(context, params.id, "oidc");
    const configuration = await openOidc(settings, await openProviderSecret(db, services.ring, params.id), services.ask);
    const { expected, challenge } = await newExpectation();
    const returnTo = ownPath(query.return_to, base);
    const { state, setCookie } = await beginFlow(db, { providerId: params.id, returnTo, caller, request, now: services.now(), expected });
    headers.append("set-cookie", setCookie);
    const sent = { redirectUri: redirectUri(base, params.id), state, nonce: expected.nonce, challenge };
    return { location: authorizationUrl(configuration, settings, sent) };
  },

  oidcCallback: async ({ params, query }, context) => {
    const { db, services, caller, request } = context;
    const base = requireBase(services);
    const provider = await usableProvider(context, params.id, "oidc");
    const { settings } = provider;
    return noted(context, settings.name, async () => {
      const flow = await takeFlow(db, query.state, request, caller, services.now());
      if (flow === null || flow.providerId !== params.id) throw flowRefused(settings.name);
      const configuration = await openOidc(settings, await openProviderSecret(db, services.ring, params.id), services.ask);
      const url = new URL(redirectUri(base, params.id) + new URL(request.url).search);
      const { nonce = "", verifier = "" } = flow.expected;
      const asserted = await finishOidc(configuration, settings, { url, state: query.state, nonce, verifier });
      await enter(context, provider, await identify(context, provider, asserted));
      return { location: base + flow.returnTo };
    });
  },

  samlStart: async ({ params, query }, context) => {
    const { db, services, caller, request, headers } = context;
    const base = requireBase(services);
    const { settings } = await usableProvider(context, params.id, "saml");
    const returnTo = ownPath(query.return_to, base);
    const begun = { providerId: params.id, returnTo, caller, request, now: services.now(), expected: {} };
    const { state, setCookie } = await beginFlow(db, begun);
    headers.append("set-cookie", setCookie);
    return { location: await samlStartUrl(settings, samlAddresses(base, params.id), state) };
  },

  samlAssertion: async ({ body }, context) => {
    const { db, services } = context;
    const base = requireBase(services);
    const state = body.RelayState;
    // The form comes from another site, without cookies: the browser shows itself in the next step.
    const flow = await findFlow(db, state, services.now());
    return noted(context, flow === null ? "SAML" : String(flow.providerId), async () => {
      if (flow === null || flow.userId !== null) throw flowRefused("the SAML provider");
      const provider = await usableProvider(context, flow.providerId, "saml");
      const asserted = await readResponse(provider.settings, samlAddresses(base, flow.providerId), state, body.SAMLResponse);
      const person = await identify(context, provider, asserted);
      const taken = db.updateTable("sign_in_flow").set({ user_id: person.id }).where("id", "=", flow.id).where("user_id", "is", null);
      if ((await taken.executeTakeFirst()).numUpdatedRows === 0n) throw flowRefused(provider.settings.name);
      return { location: `${base}/api/auth/saml2/finish?state=${encodeURIComponent(state)}` };
    });
  },

  samlFinish: async ({ query }, context) => {
    const { db, services, caller, request } = context;
    const base = requireBase(services);
    return noted(context, "SAML", async () => {
      const flow = await takeFlow(db, query.state, request, caller, services.now());
      if (flow === null || flow.userId === null) throw flowRefused("the SAML provider");
      const provider = await usableProvider(context, flow.providerId, "saml");
      const person = db.selectFrom("user").where("id", "=", flow.userId).where("disabled_at", "is", null);
      const row = await person.select(["id", "email", "name", "role"]).executeTakeFirst();
      if (row === undefined) throw flowRefused(provider.settings.name);
      await enter(context, provider, { ...row, role: Role.parse(row.role) });
      return { location: base + flow.returnTo };
    });
  },

  samlMetadata: async ({ params }, context) => {
    const base = requireBase(context.services);
    const { settings } = await usableProvider(context, params.id, "saml");
    return samlMetadata(settings, samlAddresses(base, params.id));
  },
};
