/**
 * SAML 2.0 (Web Browser SSO profile): requests by redirect, assertions by post, signed. Signatures and XML are the library's; what
 * it leaves open is closed here: who issued it, for whom it was meant, in answer to what, and by which algorithms it was signed
 * (SAML profiles §4.1.4.3).
 */
import { createHash, X509Certificate } from "node:crypto";
import { SAML, ValidateInResponseTo, type CacheProvider, type Profile } from "@node-saml/node-saml";
import { z } from "zod";
import { userError } from "@touchstone/core/errors";
import type { Saml } from "../store/providers.ts";
import type { Asserted } from "./identities.ts";

/** Clocks of two machines may differ by this much. */
const CLOCK_TOLERANCE_MS = 60_000;
/** An assertion says that somebody signed in just now. */
const ASSERTION_AGE_MS = 10 * 60_000;

/** Addresses of this installation, as a provider is told them. */
export const samlAddresses = (base: string, id: number) => ({
  entityId: `${base}/api/auth/saml2/${id}/metadata`,
  consumer: `${base}/api/auth/saml2/acs`,
});
export type SamlAddresses = ReturnType<typeof samlAddresses>;

/** One request is known: the one this sign-in began with. Whether it still counts, the sign-in's own row says. */
const onlyRequest = (id: string): CacheProvider => ({
  saveAsync: async () => null,
  getAsync: async (key) => (key === id ? new Date().toISOString() : null),
  removeAsync: async () => null,
});

/** A certificate as providers write it, PEM or the bare base64. Null where it is none. */
export const certificateOf = (text: string): string | null => {
  const body = text.replaceAll(/-----[A-Z ]+-----|\s/g, "");
  try {
    return new X509Certificate(Buffer.from(body, "base64")).toString();
  } catch {
    return null;
  }
};

const open = (settings: Saml, { entityId, consumer }: SamlAddresses, requestId: string): SAML =>
  new SAML({
    entryPoint: settings.entry_point,
    idpCert: [...settings.certificates],
    issuer: entityId,
    audience: entityId,
    callbackUrl: consumer,
    wantAssertionsSigned: true,
    wantAuthnResponseSigned: false,
    validateInResponseTo: ValidateInResponseTo.always,
    cacheProvider: onlyRequest(requestId),
    generateUniqueId: () => requestId,
    acceptedClockSkewMs: CLOCK_TOLERANCE_MS,
    maxAssertionAgeMs: ASSERTION_AGE_MS,
    identifierFormat: null,
    disableRequestedAuthnContext: true,
  });

/** The id of a request: an XML name, made from the flow's own secret so that it needs no other. */
export const requestIdOf = (state: string): string => `_${createHash("sha256").update(`saml ${state}`).digest("hex")}`;

export const samlStartUrl = (settings: Saml, addresses: SamlAddresses, state: string): Promise<string> =>
  open(settings, addresses, requestIdOf(state)).getAuthorizeUrlAsync(state, undefined, {});

export const samlMetadata = (settings: Saml, addresses: SamlAddresses): string =>
  open(settings, addresses, "_").generateServiceProviderMetadata(null);

const Confirmation = z.object({
  $: z.object({ Method: z.literal("urn:oasis:names:tc:SAML:2.0:cm:bearer") }),
  SubjectConfirmationData: z.tuple([
    z.object({ $: z.object({ Recipient: z.string(), InResponseTo: z.string(), NotOnOrAfter: z.string() }) }),
  ]),
});
/** What of a signed assertion is looked at besides what the library does. */
const Assertion = z.object({
  Assertion: z.object({
    Issuer: z.tuple([z.object({ _: z.string() })]),
    Subject: z.tuple([z.object({ SubjectConfirmation: z.array(z.unknown()).min(1) })]),
    Conditions: z.tuple([z.object({ $: z.object({ NotOnOrAfter: z.string() }) })]),
    AuthnStatement: z.array(z.unknown()).min(1),
  }),
});

/** What is wrong with an assertion whose signature, audience and times the library found right; null for nothing. */
const openQuestion = (assertion: unknown, settings: Saml, { consumer }: SamlAddresses, requestId: string): string | null => {
  const parsed = Assertion.safeParse(assertion);
  if (!parsed.success) return `its assertion has no usable ${parsed.error.issues[0]?.path.slice(1).join(".") ?? "content"}`;
  const { Issuer, Subject } = parsed.data.Assertion;
  if (Issuer[0]._ !== settings.idp_issuer) return "its assertion is by another issuer";
  const meant = Subject[0].SubjectConfirmation.some((each) => {
    const data = Confirmation.safeParse(each).data?.SubjectConfirmationData[0].$;
    return data?.Recipient === consumer && data.InResponseTo === requestId;
  });
  return meant ? null : "its assertion was meant for somebody else, or answers another request";
};

/** Algorithms whose collisions are made to order; no provider needs them any more. */
const WEAK = /xmldsig#(rsa-sha1|dsa-sha1|sha1|hmac-sha1)|xmldsig-more#(rsa-)?md5/;

const Attributes = z.record(z.string(), z.unknown());
const textOf = (value: unknown): string | null => {
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return typeof first === "string" && first !== "" ? first : null;
};
const listOf = (value: unknown): string[] | null =>
  value === undefined ? null : (Array.isArray(value) ? value : [value]).filter((each) => typeof each === "string");

const assertedBy = ({ claims }: Saml, profile: Profile): Asserted => {
  const attributes = Attributes.safeParse(profile["attributes"]).data ?? {};
  return {
    subject: profile.nameID,
    email: claims.email === null ? profile.nameID : textOf(attributes[claims.email]),
    emailVerified: false,
    name: claims.name === null ? null : textOf(attributes[claims.name]),
    groups: claims.groups === null ? null : listOf(attributes[claims.groups]),
  };
};

/** Reads a response. Throws SIGN_IN_REFUSED. */
export const readResponse = async (settings: Saml, addresses: SamlAddresses, state: string, response: string): Promise<Asserted> => {
  const refuse = (reason: string) => userError("SIGN_IN_REFUSED", settings.name, reason);
  const xml = Buffer.from(response, "base64").toString("utf8");
  if (/<!DOCTYPE|<!ENTITY/i.test(xml)) throw refuse("its response declares a document type");
  if (WEAK.test(xml)) throw refuse("its response is signed with SHA-1 or weaker: choose SHA-256 there");
  const requestId = requestIdOf(state);
  const { profile } = await open(settings, addresses, requestId)
    .validatePostResponseAsync({ SAMLResponse: response })
    .catch((thrown: unknown) => {
      throw refuse(thrown instanceof Error ? thrown.message : "its response is not usable");
    });
  if (profile === null || typeof profile.nameID !== "string") throw refuse("its response names nobody");
  if (profile.nameIDFormat?.endsWith(":transient")) throw refuse("it calls you by another name each time: choose a persistent one there");
  const question = openQuestion(profile.getAssertion?.(), settings, addresses, requestId);
  if (question !== null) throw refuse(question);
  return assertedBy(settings, profile);
};
