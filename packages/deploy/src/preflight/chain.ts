/** Certificates of a Secret: read, held against their key, and their dates judged. Of the key nothing is told. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { enoughTime, isLate, leftOf } from "@touchstone/core/model/certificate-time";
import { problem, type Finding } from "@touchstone/core/model/finding";
import { at, type Manifest } from "../kubernetes/manifest.ts";

export const TLS = "kubernetes.io/tls";
/** Time to renew it by hand; 30 whole days are too few. */
const LEFT_DAYS_MIN = 30;

const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

export const dataOf = (secret: Manifest, key: string): string | null => {
  const data = at(secret, "data", key);
  return typeof data === "string" && data !== "" ? Buffer.from(data, "base64").toString("utf8") : null;
};

/** Null where it holds none. */
export const chainIn = (pem: string | null): X509Certificate[] | null => {
  try {
    const parts = pem?.match(PEM) ?? [];
    return parts.length === 0 ? null : parts.map((part) => new X509Certificate(part));
  } catch {
    return null;
  }
};

const keyFits = (leaf: X509Certificate, pem: string | null): boolean | null => {
  try {
    return pem === null ? null : leaf.checkPrivateKey(createPrivateKey(pem));
  } catch {
    return null;
  }
};

export const signed = (by: X509Certificate, certificate: X509Certificate): boolean =>
  certificate.checkIssued(by) && certificate.verify(by.publicKey);

/** The first that the one after it has not issued, with that one; null where they follow each other. */
export const brokenIn = (chain: readonly X509Certificate[]): { below: X509Certificate; above: X509Certificate } | null => {
  for (const [index, below] of chain.entries()) {
    const above = chain[index + 1];
    if (above !== undefined && !signed(above, below)) return { below, above };
  }
  return null;
};

export const subjectOf = ({ subject }: X509Certificate): string => subject.replaceAll("\n", ", ") || "a certificate without a subject";
export const endOf = ({ validTo }: X509Certificate): string => new Date(validTo).toISOString().slice(0, 10);

/** Whether `tls.key` is a key, and the certificate's. `make` is the command that makes the Secret. */
export const keyFindings = (id: string, secret: Manifest, leaf: X509Certificate, make: string): Finding[] => {
  const { name } = secret.metadata;
  switch (keyFits(leaf, dataOf(secret, "tls.key"))) {
    case true:
      return [];
    case false:
      return [
        problem(
          id,
          `tls.key in Secret ${name} is not the key of the certificate`,
          "the key that the first certificate in tls.crt is for",
          make,
        ),
      ];
    default:
      return [problem(id, `tls.key in Secret ${name} is no private key in PEM without a password`, "the private key", make)];
  }
};

/** `subjectAltName` alone counts: nobody looks at a common name any more (RFC 9525). */
export const nameFindings = (id: string, leaf: X509Certificate, host: string): Finding[] =>
  leaf.checkHost(host, { subject: "never" }) === undefined
    ? [problem(id, `it is for ${leaf.subjectAltName ?? "no name (it has no subjectAltName)"}`, host, "have one issued for it")]
    : [];

export const dateFindings = (id: string, chain: readonly X509Certificate[], now: Date): Finding[] =>
  chain.flatMap((certificate): Finding[] => {
    const validity = { validFrom: new Date(certificate.validFrom), validTo: new Date(certificate.validTo) };
    const needs = enoughTime(LEFT_DAYS_MIN);
    const todo = "renew it, and put it into the Secret";
    if (validity.validFrom > now)
      return [
        problem(
          id,
          `${subjectOf(certificate)} is valid from ${certificate.validFrom} on`,
          "one that is valid now",
          "use another, or correct the clock",
        ),
      ];
    if (validity.validTo < now) return [problem(id, `${subjectOf(certificate)} ended on ${endOf(certificate)}`, needs, todo)];
    return isLate(validity, now, LEFT_DAYS_MIN + 1)
      ? [problem(id, `${subjectOf(certificate)} ends on ${endOf(certificate)}, in ${leftOf(validity, now)}`, needs, todo)]
      : [];
  });
