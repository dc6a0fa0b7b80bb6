/** The certificate of the ingress: type, name, key, chain and end of it. The private key is held against it, and never told. */
import { X509Certificate } from "node:crypto";
import { rootCertificates } from "node:tls";
import { note, ok, problem, type Finding } from "@touchstone/core/model/finding";
import { at, type Manifest } from "../kubernetes/manifest.ts";
import { brokenIn, chainIn, dataOf, dateFindings, endOf, keyFindings, nameFindings, signed, subjectOf, TLS } from "./chain.ts";
import type { Check } from "./check.ts";
import type { Ground } from "./ground.ts";

const ID = "certificate";

const selfSigned = (certificate: X509Certificate): boolean => signed(certificate, certificate);

/** Authorities of Node, which are Mozilla's. */
const ROOTS = (): X509Certificate[] => rootCertificates.map((pem) => new X509Certificate(pem));

/** Whether browsers get from the first certificate to an authority they know. */
const chainFindings = (chain: readonly X509Certificate[]): Finding[] => {
  const broken = brokenIn(chain);
  if (broken !== null)
    return [
      problem(
        ID,
        `in tls.crt, ${subjectOf(broken.below)} was not issued by ${subjectOf(broken.above)}, which follows it`,
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

/** What a Secret means for a name. */
export const judgeCertificate = (secret: Manifest | null, name: string, fqdn: string, now: Date): Finding[] => {
  const make = `kubectl create secret tls ${name} --cert=fullchain.pem --key=key.pem`;
  if (secret === null) return [problem(ID, `there is no Secret ${name}`, `one of type ${TLS} for ${fqdn}`, make)];
  if (secret["type"] !== TLS)
    return [problem(ID, `Secret ${name} is of type ${String(secret["type"] ?? "Opaque")}`, TLS, `delete it, and: ${make}`)];
  const chain = chainIn(dataOf(secret, "tls.crt"));
  const leaf = chain?.[0];
  if (chain === null || leaf === undefined)
    return [problem(ID, `tls.crt in Secret ${name} is no certificate in PEM`, "certificates in PEM", make)];
  const findings = [
    ...keyFindings(ID, secret, leaf, make),
    ...nameFindings(ID, leaf, fqdn),
    ...dateFindings(ID, chain, now),
    ...chainFindings(chain),
  ];
  return findings.some(({ state }) => state === "problem")
    ? findings
    : [ok(ID, `for ${fqdn}, until ${endOf(leaf)}, with its key`), ...findings];
};

/** cert-manager's issuer, whose condition says whether it can issue. */
export const judgeIssuer = (issuer: Manifest | null, title: string, namedIn = "tlsIssuer"): Finding => {
  if (issuer === null)
    return problem(
      ID,
      `there is no ${title}`,
      "it, to issue the certificate",
      `make it (cert-manager.io/docs/configuration), or name another in ${namedIn}`,
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
    "type kubernetes.io/tls, a certificate for the FQDN with its key and its chain, good for more than 30 days, or for a quarter of its time; an issuer that is ready",
  look,
};
