/** Identity providers: where people sign in besides here, and what of it is believed. */
import { z } from "zod";
import { ID, role, route } from "./contract.ts";

const text = z.string().trim().min(1).max(2000);
const address = z.url({ protocol: /^https?$/ }).max(2000);
const claim = z.string().trim().min(1).max(300);

/** Sessions say what they were signed in with; this name is taken. */
const Name = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .refine((name) => name.toLowerCase() !== "password", "that is how sessions without a provider are called");

/**
 * What groups of a provider do: nothing; put people into the teams of the same name; or that, and take them out of all other
 * teams. Names are compared without regard to capitals.
 */
export const GroupSync = z.enum(["off", "add", "exact"]);

const common = {
  name: Name,
  enabled: z.boolean().default(true),
  /** Whether people who are new here become users, with the role Member. */
  create_users: z.boolean().default(true),
  /** Domains whose addresses the provider may speak for; none for all. */
  email_domains: z.array(z.string().trim().toLowerCase().min(1).max(255)).max(100).default([]),
  group_sync: GroupSync.default("off"),
  /** Teams by group, where a group is not called like its team (an id, say). */
  group_teams: z.record(z.string().max(300), z.string().max(200)).default({}),
};

/** Names of claims or attributes. */
const claims = (email: string | null, name: string | null) =>
  z.object({
    email: email === null ? claim.nullable().default(null) : claim.default(email),
    name: name === null ? claim.nullable().default(null) : claim.default(name),
    groups: claim.nullable().default(null),
  });

export const OidcSettings = z.object({
  kind: z.literal("oidc"),
  ...common,
  /** The issuer, or its `/.well-known/openid-configuration`; or else the endpoints one by one. */
  discovery_url: address.nullable().default(null),
  endpoints: z
    .object({
      issuer: text,
      authorization_endpoint: address,
      token_endpoint: address,
      jwks_uri: address,
      userinfo_endpoint: address.nullable().default(null),
    })
    .nullable()
    .default(null),
  client_id: text,
  token_auth_method: z.enum(["client_secret_basic", "client_secret_post", "none"]).default("client_secret_basic"),
  scopes: z.array(claim).min(1).max(30).default(["openid", "email", "profile"]),
  claims: claims("email", "name").prefault({}),
  /** Whether addresses are believed that the provider does not call verified: only where people cannot choose theirs. */
  trust_email: z.boolean().default(false),
});

export const SamlSettings = z.object({
  kind: z.literal("saml"),
  ...common,
  idp_issuer: text,
  entry_point: address,
  /** Certificates that assertions are signed with, PEM or base64; two while one takes over from the other. */
  certificates: z.array(z.string().max(20_000)).min(1).max(10),
  /** Attributes; without one for the address it is the subject's name. */
  claims: claims(null, null).prefault({}),
  /** SAML has no word for a verified address: the provider is believed or not. */
  trust_email: z.boolean().default(true),
});

const OidcInput = OidcSettings.extend({ client_secret: z.string().min(1).max(10_000).nullish() }).meta({ id: "OidcProviderInput" });

/** A SAML provider may be described by its metadata instead. */
const SamlInput = SamlSettings.extend({
  idp_issuer: text.nullish(),
  entry_point: address.nullish(),
  certificates: z.array(z.string().max(20_000)).max(10).nullish(),
  metadata_url: address.nullish(),
  metadata_xml: z.string().max(1_000_000).nullish(),
}).meta({ id: "SamlProviderInput" });

export const ProviderInput = z.discriminatedUnion("kind", [OidcInput, SamlInput]);

const answered = {
  id: z.number().int(),
  /** Path at which a browser begins to sign in. */
  start: z.string(),
  /** What is entered at the provider: the redirect address of OpenID Connect, or the assertion consumer of SAML. */
  callback_url: z.string(),
  created: z.string(),
  updated: z.string(),
};

export const Provider = z
  .discriminatedUnion("kind", [
    OidcSettings.extend({ ...answered, client_secret_set: z.boolean() }).meta({ id: "OidcProvider" }),
    SamlSettings.extend({ ...answered, entity_id: z.string(), metadata_url: z.string() }).meta({ id: "SamlProvider" }),
  ])
  .meta({ id: "Provider" });

const errors = ["OBJECT_EXISTS", "PROVIDER_UNUSABLE", "ADDRESS_REFUSED", "SETTING_INVALID"] as const;

export const providers = {
  list: route({
    method: "GET",
    path: "/auth/providers",
    summary: "The identity providers, in order of their names",
    needs: role("Admin"),
    output: z.object({ items: z.array(Provider) }),
  }),
  create: route({
    method: "POST",
    path: "/auth/providers",
    summary: "A new identity provider, when it answers as it should; its secret is sealed and never answered",
    needs: role("Admin"),
    body: ProviderInput,
    output: Provider,
    status: 201,
    audits: ["provider.create"],
    errors,
  }),
  get: route({
    method: "GET",
    path: "/auth/providers/{id}",
    summary: "One identity provider",
    needs: role("Admin"),
    params: ID,
    output: Provider,
  }),
  update: route({
    method: "PUT",
    path: "/auth/providers/{id}",
    summary: "Replaces the settings of an identity provider; a secret that is not named stays; sessions end when it is disabled",
    needs: role("Admin"),
    params: ID,
    body: ProviderInput,
    output: Provider,
    audits: ["provider.update"],
    errors,
  }),
  delete: route({
    method: "DELETE",
    path: "/auth/providers/{id}",
    summary: "Deletes an identity provider, and ends the sessions that came from it",
    needs: role("Admin"),
    params: ID,
    audit: "provider.delete",
  }),
};
