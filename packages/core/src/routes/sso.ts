/** Sign-in at an identity provider: pages that browsers are sent to and back from. */
import { z } from "zod";
import { ID, PUBLIC, route } from "./contract.ts";

/** Where one may sign in, as a sign-in page shows it. */
export const SignInChoice = z
  .object({ id: z.number().int(), name: z.string(), kind: z.enum(["oidc", "saml"]), start: z.string() })
  .meta({ id: "SignInChoice" });

const ReturnTo = z.object({ return_to: z.string().max(2000).optional() });
const Elsewhere = z.object({ location: z.string() });
/** Values that came through somebody else's hands; what they are worth is looked at in the store. */
const value = z.string().max(10_000);
/** An assertion with a few hundred groups is some 50 kB. */
const ASSERTION_CHARACTERS_MAX = 500_000;

const audits = ["session.create", "session.refuse", "user.create", "identity.link", "team.sync"] as const;
const errors = ["SIGN_IN_REFUSED", "PROVIDER_UNUSABLE", "ADDRESS_REFUSED", "OBJECT_UNKNOWN", "SETTING_INVALID"] as const;

export const sso = {
  choices: route({
    method: "GET",
    path: "/auth/choices",
    summary: "Where one may sign in besides with a password",
    needs: PUBLIC,
    output: z.object({ items: z.array(SignInChoice) }),
  }),
  oidcStart: route({
    method: "GET",
    path: "/auth/oidc/{id}/start",
    summary: "Sends a browser to an OpenID Connect provider, by the authorization code flow with PKCE",
    needs: PUBLIC,
    params: ID,
    query: ReturnTo,
    output: Elsewhere,
    redirects: true,
    errors,
  }),
  oidcCallback: route({
    method: "GET",
    path: "/auth/oidc/{id}/callback",
    summary: "Where an OpenID Connect provider sends the browser back to",
    needs: PUBLIC,
    params: ID,
    query: z.object({ state: value }),
    output: Elsewhere,
    redirects: true,
    audits,
    errors,
  }),
  samlStart: route({
    method: "GET",
    path: "/auth/saml2/{id}/start",
    summary: "Sends a browser to a SAML 2.0 provider",
    needs: PUBLIC,
    params: ID,
    query: ReturnTo,
    output: Elsewhere,
    redirects: true,
    errors,
  }),
  samlAssertion: route({
    method: "POST",
    path: "/auth/saml2/acs",
    summary: "Takes the signed assertion of a SAML 2.0 provider",
    needs: PUBLIC,
    body: z.object({ SAMLResponse: z.string().min(1).max(ASSERTION_CHARACTERS_MAX), RelayState: value }),
    form: true,
    output: Elsewhere,
    redirects: true,
    audits,
    errors,
  }),
  samlFinish: route({
    method: "GET",
    path: "/auth/saml2/finish",
    summary: "Signs in the browser that began, after its assertion was taken",
    needs: PUBLIC,
    query: z.object({ state: value }),
    output: Elsewhere,
    redirects: true,
    audits,
    errors,
  }),
  samlMetadata: route({
    method: "GET",
    path: "/auth/saml2/{id}/metadata",
    summary: "What a SAML 2.0 provider has to know about this installation",
    needs: PUBLIC,
    params: ID,
    output: z.string(),
    media: "application/samlmetadata+xml",
    errors,
  }),
};
