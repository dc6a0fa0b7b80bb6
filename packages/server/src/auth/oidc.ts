/**
 * OpenID Connect: authorization code flow with PKCE and nonce, the identity token's signature always verified. The protocol is
 * the library's; what is ours is which settings it gets, and that it reaches providers through the guard alone.
 */
import * as client from "openid-client";
import { userError, UserError } from "@touchstone/core/errors";
import type { GuardedFetch } from "../http/ssrf.ts";
import type { Oidc } from "../store/providers.ts";
import type { Asserted } from "./identities.ts";

const TIMEOUT_SECONDS = 10;
/** Clocks of two machines may differ by this much. */
const CLOCK_TOLERANCE_SECONDS = 30;

const authMethod = ({ name, token_auth_method }: Oidc, secret: string | null): client.ClientAuth => {
  if (token_auth_method === "none") return client.None();
  if (secret === null) throw userError("PROVIDER_UNUSABLE", name, "it needs the client's secret, or the method none");
  return token_auth_method === "client_secret_basic" ? client.ClientSecretBasic(secret) : client.ClientSecretPost(secret);
};

const reasonOf = (thrown: unknown): string => {
  if (!(thrown instanceof Error)) return "it failed";
  const oauth = thrown instanceof client.AuthorizationResponseError || thrown instanceof client.ResponseBodyError ? thrown.error : null;
  return oauth === null ? thrown.message : `it answered ${oauth}`;
};

/** A refusal of the guard as it is; anything else as the provider's fault. */
const asked = async <T>(name: string, work: Promise<T>): Promise<T> => {
  try {
    return await work;
  } catch (thrown) {
    for (let at = thrown; at instanceof Error; at = at.cause) if (at instanceof UserError) throw at;
    throw userError("PROVIDER_UNUSABLE", name, reasonOf(thrown));
  }
};

/** A provider's endpoints, discovered or as they were entered. Throws PROVIDER_UNUSABLE, ADDRESS_REFUSED. */
export const openOidc = async (settings: Oidc, secret: string | null, ask: GuardedFetch): Promise<client.Configuration> => {
  const { name, discovery_url, endpoints, client_id } = settings;
  const metadata = { [client.clockTolerance]: CLOCK_TOLERANCE_SECONDS };
  const guarded: client.CustomFetch = (url, { method, headers, body, signal }) => ask(url, { method, headers, body, signal });
  // Which addresses may be asked without TLS, the guard knows.
  const options = { [client.customFetch]: guarded, timeout: TIMEOUT_SECONDS, execute: [client.allowInsecureRequests] };
  if (discovery_url !== null) {
    const found = client.discovery(new URL(discovery_url), client_id, metadata, authMethod(settings, secret), options);
    const configuration = await asked(name, found);
    return checked(name, configuration);
  }
  if (endpoints === null) throw userError("PROVIDER_UNUSABLE", name, "it has neither an address for discovery nor endpoints");
  const { userinfo_endpoint, ...server } = endpoints;
  const described = { ...server, ...(userinfo_endpoint === null ? {} : { userinfo_endpoint }) };
  const configuration = new client.Configuration(described, client_id, metadata, authMethod(settings, secret));
  configuration[client.customFetch] = guarded;
  configuration.timeout = TIMEOUT_SECONDS;
  client.allowInsecureRequests(configuration);
  return checked(name, configuration);
};

const checked = (name: string, configuration: client.Configuration): client.Configuration => {
  const server = configuration.serverMetadata();
  for (const endpoint of ["authorization_endpoint", "token_endpoint", "jwks_uri"] as const)
    if (!/^https?:$/.test(URL.parse(server[endpoint] ?? "")?.protocol ?? ""))
      throw userError("PROVIDER_UNUSABLE", name, `it has no ${endpoint}`);
  client.enableNonRepudiationChecks(configuration);
  return configuration;
};

/** What a sign-in has to come back with; `expected` is kept, `challenge` is sent. */
export const newExpectation = async () => {
  const verifier = client.randomPKCECodeVerifier();
  const nonce = client.randomNonce();
  return { expected: { nonce, verifier }, challenge: await client.calculatePKCECodeChallenge(verifier) };
};

export const authorizationUrl = (
  configuration: client.Configuration,
  { scopes }: Oidc,
  { redirectUri, state, nonce, challenge }: { redirectUri: string; state: string; nonce: string; challenge: string },
): string =>
  client.buildAuthorizationUrl(configuration, {
    redirect_uri: redirectUri,
    scope: scopes.join(" "),
    response_type: "code",
    state,
    nonce,
    code_challenge: challenge,
    code_challenge_method: "S256",
  }).href;

const textOf = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);

/** Groups as a list or as one text; null where there are none of these, or where they are only referred to. */
const groupsOf = (value: unknown): string[] | null => {
  if (typeof value === "string") return [value];
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : null;
};

type Said = Readonly<Record<string, unknown>>;

/**
 * What is said about somebody: by the identity token, or else by the provider's userinfo. The address and whether it is verified
 * come from the same of the two; and `email_verified` speaks of the claim `email`, of no other that an address is taken from.
 */
export const assertedBy = ({ claims }: Oidc, subject: string, identity: Said, userinfo: Said): Asserted => {
  const emailClaim = claims.email ?? "email";
  const addressed = identity[emailClaim] === undefined ? userinfo : identity;
  const said = { ...userinfo, ...identity };
  return {
    subject,
    email: textOf(addressed[emailClaim]),
    emailVerified: emailClaim === "email" && ["true", true].some((yes) => addressed["email_verified"] === yes),
    name: textOf(said[claims.name ?? "name"]),
    groups: claims.groups === null ? null : groupsOf(said[claims.groups]),
  };
};

/** Exchanges the code that the browser came back with. Throws PROVIDER_UNUSABLE, ADDRESS_REFUSED. */
export const finishOidc = async (
  configuration: client.Configuration,
  settings: Oidc,
  { url, state, nonce, verifier }: { url: URL; state: string; nonce: string; verifier: string },
): Promise<Asserted> => {
  const checks = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true };
  const tokens = await asked(settings.name, client.authorizationCodeGrant(configuration, url, checks));
  const identity = tokens.claims();
  if (identity === undefined) throw userError("PROVIDER_UNUSABLE", settings.name, "it sent no identity token");
  const { email, name, groups } = settings.claims;
  const missing = [email ?? "email", name ?? "name", groups].some((claim) => claim !== null && identity[claim] === undefined);
  const more =
    missing && configuration.serverMetadata().userinfo_endpoint !== undefined
      ? await asked(settings.name, client.fetchUserInfo(configuration, tokens.access_token, identity.sub))
      : {};
  return assertedBy(settings, identity.sub, identity, more);
};
