/** The certificate of the ingress: type, name, key, chain and end of it. The private key is held against it, and never told. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { rootCertificates } from "node:tls";
import { note, ok, problem, type Finding } from "@touchstone/core/model/finding";
import { at, type Manifest } from "../kubernetes/manifest.ts";
import type { Check } from "./check.ts";
import type { Ground } from "./ground.ts";

const ID = "certificate";
const TLS = "kubernetes.io/tls";
/** Time to renew it by hand. */
const LEFT_DAYS_MIN = 30;
const DAY_MS = 86_400_000;

const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

const dataOf = (secret: Manifest, key: string): string | null => {
  const data = at(secret, "data", key);
  return typeof data === "string" && data !== "" ? Buffer.from(data, "base64").toString("utf8") : null;
};

const chainIn = (pem: string): X509Certificate[] | null => {
  try {
    const parts = pem.match(PEM) ?? [];
    return parts.length === 0 ? null : parts.map((part) => new X509Certificate(part));
  } catch {
    return null;
  }
};

const keyFits = (leaf: X509Certificate, pem: string): boolean | null => {
  try {
    return leaf.checkPrivateKey(createPrivateKey(pem));
  } catch {
    return null;
  }
};

const signed = (by: X509Certificate, certificate: X509Certificate): boolean =>
  certificate.checkIssued(by) && certificate.verify(by.publicKey);
const selfSigned = (certificate: X509Certificate): boolean => signed(certificate, certificate);
const subjectOf = ({ subject }: X509Certificate): string => subject.replaceAll("\n", ", ") || "a certificate without a subject";

/** Authorities of Node, which are Mozilla's. */
const ROOTS = (): X509Certificate[] => rootCertificates.map((pem) => new X509Certificate(pem));

/** Whether browsers get from the first certificate to an authority they know. */
const chainFindings = (chain: readonly X509Certificate[]): Finding[] => {
  const broken = chain.findIndex((certificate, index) => {
    const above = chain[index + 1];
    return above !== undefined && !signed(above, certificate);
  });
  const [above, below] = [chain[broken + 1], chain[broken]];
  if (broken >= 0 && above !== undefined && below !== undefined)
    return [
      problem(
        ID,
        `in tls.crt, ${subjectOf(below)} was not issued by ${subjectOf(above)}, which follows it`,
        "the server's certificate first, then each one's issuer",
        "put tls.crt together in that order (most authorities call it fullchain)",
      ),
    ];
  const last = chain.at(-1);
  if (last === undefined || ROOTS().some((root) => signed(root, last) || root.fingerprint256 === last.fingerprint256)) return [];
  return [
    selfSigned(last)
      ? note(
          ID,
          `it leads to an authority of your own (${subjectOf(last)})`,
          "an authority that browsers and dataplanes elsewhere know",
          "make it known to them; in the cluster, by the ConfigMap that values.authorities names",
        )
      : note(
          ID,
          `the issuer of ${subjectOf(last)} is neither in tls.crt nor a known authority`,
          "the whole way to an authority that is known",
          "add the certificates between (fullchain); of an authority of your own, make it known to whoever connects",
        ),
  ];
};

const dateFindings = (chain: readonly X509Certificate[], now: Date): Finding[] =>
  chain.flatMap((certificate): Finding[] => {
    const daysLeft = Math.floor((Date.parse(certificate.validTo) - now.getTime()) / DAY_MS);
    const ends = new Date(certificate.validTo).toISOString().slice(0, 10);
    const needs = `more than ${LEFT_DAYS_MIN} days`;
    if (Date.parse(certificate.validFrom) > now.getTime())
      return [
        problem(
          ID,
          `${subjectOf(certificate)} is valid from ${certificate.validFrom} on`,
          "one that is valid now",
          "use another, or correct the clock",
        ),
      ];
    if (daysLeft < 0) return [problem(ID, `${subjectOf(certificate)} ended on ${ends}`, needs, "renew it, and put it into the Secret")];
    return daysLeft <= LEFT_DAYS_MIN
      ? [problem(ID, `${subjectOf(certificate)} ends on ${ends}, in ${daysLeft} days`, needs, "renew it, and put it into the Secret")]
      : [];
  });

/** What a Secret means for a name. */
export const judgeCertificate = (secret: Manifest | null, name: string, fqdn: string, now: Date): Finding[] => {
  const make = `kubectl create secret tls ${name} --cert=fullchain.pem --key=key.pem`;
  if (secret === null) return [problem(ID, `there is no Secret ${name}`, `one of type ${TLS} for ${fqdn}`, make)];
  if (secret["type"] !== TLS)
    return [problem(ID, `Secret ${name} is of type ${String(secret["type"] ?? "Opaque")}`, TLS, `delete it, and: ${make}`)];
  const [certificates, key] = [dataOf(secret, "tls.crt"), dataOf(secret, "tls.key")];
  const chain = certificates === null ? null : chainIn(certificates);
  const leaf = chain?.[0];
  if (chain === null || leaf === undefined)
    return [problem(ID, `tls.crt in Secret ${name} is no certificate in PEM`, "certificates in PEM", make)];
  const fits = key === null ? null : keyFits(leaf, key);
  const findings = [
    ...(fits === null
      ? [problem(ID, `tls.key in Secret ${name} is no private key in PEM without a password`, "the private key", make)]
      : []),
    ...(fits === false
      ? [
          problem(
            ID,
            `tls.key in Secret ${name} is not the key of the certificate`,
            "the key that the first certificate in tls.crt is for",
            make,
          ),
        ]
      : []),
    ...(leaf.checkHost(fqdn, { subject: "never" }) === undefined
      ? [problem(ID, `it is for ${leaf.subjectAltName ?? "no name (it has no subjectAltName)"}`, fqdn, "have one issued for it")]
      : []),
    ...dateFindings(chain, now),
    ...chainFindings(chain),
  ];
  return findings.some(({ state }) => state === "problem")
    ? findings
    : [ok(ID, `for ${fqdn}, until ${new Date(leaf.validTo).toISOString().slice(0, 10)}, with its key`), ...findings];
};

/** cert-manager's issuer, whose condition says whether it can issue. */
export const judgeIssuer = (issuer: Manifest | null, title: string): Finding => {
  if (issuer === null)
    return problem(
      ID,
      `there is no ${title}`,
      "it, to issue the certificate",
      "make it (cert-manager.io/docs/configuration), or name another in tlsIssuer",
    );
  const conditions = at(issuer, "status", "conditions");
  const ready = (Array.isArray(conditions) ? conditions : []).find((condition) => at(condition, "type") === "Ready");
  return at(ready, "status") === "True"
    ? ok(ID, `${title} is ready, and issues it`)
    : problem(
        ID,
        `${title} is not ready: ${String(at(ready, "message") ?? "it has no condition Ready")}`,
        "an issuer that can issue",
        "correct it: kubectl describe it",
      );
};

const ANNOTATIONS: Readonly<Record<string, string>> = {
  "cert-manager.io/cluster-issuer": "ClusterIssuer",
  "cert-manager.io/issuer": "Issuer",
};

/** The certificate of the Ingress that the chart renders, or who makes it. A Gateway has its own. */
const look = async ({ rendered, namespace, site: { kubectl, deployment }, now }: Ground): Promise<Finding[]> => {
  const ingress = (await rendered()).find(({ kind }) => kind === "Ingress");
  if (ingress === undefined) return [ok(ID, "there is no Ingress: whoever routes to the API has it")];
  const [key = "", name = ""] = Object.entries(ingress.metadata.annotations ?? {}).find(([annotation]) => annotation in ANNOTATIONS) ?? [];
  const kind = ANNOTATIONS[key];
  if (kind !== undefined) {
    const found =
      kind === "Issuer" && (await namespace()) === null ? null : await kubectl.get(`${kind.toLowerCase()}s.cert-manager.io`, name);
    return [judgeIssuer(found, `${kind} ${name}`)];
  }
  const secret = String(at(ingress, "spec", "tls", 0, "secretName") ?? "");
  const found = (await namespace()) === null ? null : await kubectl.get("secrets", secret);
  return judgeCertificate(found, secret, deployment.fqdn, now);
};

export const certificate: Check = {
  id: ID,
  looks: "the Secret that the Ingress names, or cert-manager's issuer",
  needs:
    "type kubernetes.io/tls, a certificate for the FQDN with its key and its chain, valid for more than 30 days; an issuer that is ready",
  look,
};
