/** A SAML provider for tests: a key and a certificate made for the run, and responses signed with it, right or wrong as asked. */
import { generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { inflateRawSync } from "node:zlib";
import { signXml } from "@node-saml/node-saml/lib/xml.js";
import { bits, commonName, identifier, integer, nothing, sequence, time } from "./der.ts";

const SHA256_WITH_RSA = sequence(identifier("2a864886f70d01010b"), nothing());

export type SamlKey = { privateKey: string; certificate: string };

/** A key with a self-signed certificate (RFC 5280) of that name, good until 2049. */
export const newSamlKey = (subject = "idp"): SamlKey => {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const body = sequence(
    integer(1),
    SHA256_WITH_RSA,
    commonName(subject),
    sequence(time("200101000000Z"), time("491231235959Z")),
    commonName(subject),
    publicKey.export({ type: "spki", format: "der" }),
  );
  const signature = sign("sha256", body, privateKey);
  const certificate = sequence(body, SHA256_WITH_RSA, bits(signature));
  return { privateKey: privateKey.export({ type: "pkcs8", format: "pem" }).toString(), certificate: certificate.toString("base64") };
};

/** The request in an address that a browser was sent to. */
export const requestIn = (location: string): { id: string; consumer: string; issuer: string; relayState: string } => {
  const query = new URL(location).searchParams;
  const xml = inflateRawSync(Buffer.from(query.get("SAMLRequest") ?? "", "base64")).toString();
  const find = (pattern: RegExp) => pattern.exec(xml)?.[1] ?? "";
  return {
    id: find(/ ID="([^"]+)"/),
    consumer: find(/AssertionConsumerServiceURL="([^"]+)"/),
    issuer: find(/<saml:Issuer[^>]*>([^<]+)</),
    relayState: query.get("RelayState") ?? "",
  };
};

/** What a response says; times in seconds from now. */
export type Said = {
  issuer: string;
  audience: string;
  recipient: string;
  inResponseTo: string;
  nameId: string;
  nameIdFormat: string;
  notBefore: number;
  notOnOrAfter: number;
  issued: number;
  attributes: Record<string, string[]>;
};

const at = (seconds: number): string => new Date(Date.now() + seconds * 1000).toISOString();
const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");

export const assertionXml = (said: Said): string => {
  const attributes = Object.entries(said.attributes).map(([key, values]) => {
    const list = values.map((value) => `<saml:AttributeValue>${escaped(value)}</saml:AttributeValue>`).join("");
    return `<saml:Attribute Name="${escaped(key)}">${list}</saml:Attribute>`;
  });
  return [
    `<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_${randomUUID()}" Version="2.0" IssueInstant="${at(said.issued)}">`,
    `<saml:Issuer>${escaped(said.issuer)}</saml:Issuer>`,
    `<saml:Subject><saml:NameID Format="${said.nameIdFormat}">${escaped(said.nameId)}</saml:NameID>`,
    `<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">`,
    `<saml:SubjectConfirmationData Recipient="${escaped(said.recipient)}" InResponseTo="${said.inResponseTo}" NotOnOrAfter="${at(said.notOnOrAfter)}"/>`,
    `</saml:SubjectConfirmation></saml:Subject>`,
    `<saml:Conditions NotBefore="${at(said.notBefore)}" NotOnOrAfter="${at(said.notOnOrAfter)}">`,
    `<saml:AudienceRestriction><saml:Audience>${escaped(said.audience)}</saml:Audience></saml:AudienceRestriction></saml:Conditions>`,
    `<saml:AuthnStatement AuthnInstant="${at(said.issued)}"><saml:AuthnContext>`,
    `<saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>`,
    attributes.length === 0 ? "" : `<saml:AttributeStatement>${attributes.join("")}</saml:AttributeStatement>`,
    `</saml:Assertion>`,
  ].join("");
};

export const responseXml = (said: Said, assertions: string): string =>
  [
    `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_${randomUUID()}" Version="2.0" IssueInstant="${at(said.issued)}"`,
    ` Destination="${escaped(said.recipient)}" InResponseTo="${said.inResponseTo}">`,
    `<saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">${escaped(said.issuer)}</saml:Issuer>`,
    `<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>`,
    assertions,
    `</samlp:Response>`,
  ].join("");

/** Signs the assertion in a response, or the response around it. */
export const signed = (
  xml: string,
  key: SamlKey,
  what: "Assertion" | "Response" = "Assertion",
  algorithm: "sha1" | "sha256" = "sha256",
) => {
  const path = what === "Response" ? `/*[local-name()="Response"]` : `/*[local-name()="Response"]/*[local-name()="Assertion"]`;
  const place = { reference: `${path}/*[local-name()="Issuer"]`, action: "after" } as const;
  return signXml(xml, path, place, { privateKey: key.privateKey, signatureAlgorithm: algorithm, digestAlgorithm: algorithm });
};

export const base64 = (xml: string): string => Buffer.from(xml).toString("base64");

export const metadataXml = (issuer: string, certificate: string): string =>
  [
    `<?xml version="1.0"?><md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${issuer}">`,
    `<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><md:KeyDescriptor use="signing">`,
    `<ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>${certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>`,
    `</md:KeyDescriptor><md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="${issuer}/post"/>`,
    `<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="${issuer}/redirect"/>`,
    `</md:IDPSSODescriptor></md:EntityDescriptor>`,
  ].join("");

/** A certificate as files have it. */
export const pem = (certificate: string): string => `-----BEGIN CERTIFICATE-----\n${certificate}\n-----END CERTIFICATE-----\n`;
