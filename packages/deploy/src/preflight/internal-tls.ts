/**
 * The certificate with which the API answers dataplanes inside the cluster: its key, its name, its end, and that the authority beside it,
 * which alone they trust, is the one that issued it.
 */
import type { X509Certificate } from "node:crypto";
import { note, ok, problem, type Finding } from "@touchstone/core/model/finding";
import { at, podTemplateOf, type Manifest } from "../kubernetes/manifest.ts";
import { judgeIssuer } from "./certificate.ts";
import { brokenIn, chainIn, dataOf, dateFindings, endOf, keyFindings, nameFindings, signed, subjectOf, TLS } from "./chain.ts";
import type { Check } from "./check.ts";
import type { Ground } from "./ground.ts";

const ID = "internal-tls";
const VOLUME = "internal-tls";
const RUNBOOK = "docs/runbooks/internal-certificate.md";
const GROUP = "cert-manager.io";

const textAt = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);

/** The Secret that pods of these objects take the certificate or its authority from; null where there is none. */
export const internalSecretIn = (objects: readonly Manifest[]): string | null => {
  const volumes = objects.flatMap((object) => podTemplateOf(object)?.spec.volumes ?? []);
  return textAt(
    at(
      volumes.find(({ name }) => name === VOLUME),
      "secret",
      "secretName",
    ),
  );
};

/** Where dataplanes dial, as the rendered objects say. */
const hostIn = (objects: readonly Manifest[]): string | null => {
  const service = objects.find(
    ({ kind, metadata }) => kind === "Service" && metadata.labels?.["app.kubernetes.io/component"] === "control-plane",
  );
  return service === undefined ? null : `${service.metadata.name}.${service.metadata.namespace ?? ""}.svc`;
};

/** An authority counts where it has issued the last certificate that is presented, or is that one. */
const authorityFindings = (chain: readonly X509Certificate[], authorities: readonly X509Certificate[]): Finding[] => {
  const broken = brokenIn(chain);
  if (broken !== null)
    return [
      problem(
        ID,
        `the certificates in tls.crt do not follow each other from ${subjectOf(broken.below)} on`,
        "the API's certificate first, then each one's issuer",
        "put tls.crt together in that order",
      ),
    ];
  const isIssued = chain.some((certificate) =>
    authorities.some((authority) => signed(authority, certificate) || authority.fingerprint256 === certificate.fingerprint256),
  );
  return isIssued
    ? []
    : [
        problem(
          ID,
          `none of ca.crt (${authorities.map(subjectOf).join("; ")}) has issued ${chain.map(subjectOf).at(-1)}`,
          "the authority of tls.crt in ca.crt: dataplanes trust that alone",
          `put it there; while one follows another, both: ${RUNBOOK}`,
        ),
      ];
};

/** What a Secret means for the name of the Service. */
export const judgeInternal = (secret: Manifest | null, name: string, host: string, now: Date): Finding[] => {
  const make = `kubectl create secret generic ${name} --type=${TLS} --from-file=tls.crt --from-file=tls.key --from-file=ca.crt`;
  if (secret === null) return [problem(ID, `there is no Secret ${name}`, `one for ${host}`, `${make} (${RUNBOOK} makes the files)`)];
  const [chain, authorities] = [chainIn(dataOf(secret, "tls.crt")), chainIn(dataOf(secret, "ca.crt"))];
  const leaf = chain?.[0];
  if (chain === null || leaf === undefined)
    return [problem(ID, `tls.crt in Secret ${name} is no certificate in PEM`, "certificates in PEM", make)];
  if (authorities === null)
    return [problem(ID, `ca.crt in Secret ${name} is no certificate in PEM, or not there`, "the authority that issued tls.crt", make)];
  const findings = [
    ...(secret["type"] === TLS
      ? []
      : [
          note(
            ID,
            `Secret ${name} is of type ${String(secret["type"] ?? "Opaque")}`,
            `${TLS}, of which Kubernetes sees that it is whole`,
            make,
          ),
        ]),
    ...keyFindings(ID, secret, leaf, make),
    ...nameFindings(ID, leaf, host),
    ...dateFindings(ID, [...chain, ...authorities], now),
    ...authorityFindings(chain, authorities),
  ];
  return findings.some(({ state }) => state === "problem")
    ? findings
    : [ok(ID, `for ${host}, until ${endOf(leaf)}, with its key and its authority`), ...findings];
};

/** By whom it is issued, where that is cert-manager's. An issuer of another group says by its own kind whether it is ready. */
const ofIssuer = async ({ namespace, site: { kubectl } }: Ground, certificate: Manifest): Promise<Finding[]> => {
  const [name, kind, group] = ["name", "kind", "group"].map((key) => String(at(certificate, "spec", "issuerRef", key) ?? ""));
  if (name === undefined || kind === undefined || group !== GROUP) return [ok(ID, `${kind} ${name} of ${group} issues it`)];
  const isReadable = kind === "ClusterIssuer" || (await namespace()) !== null;
  const issuer = isReadable ? await kubectl.get(`${kind.toLowerCase()}s.${GROUP}`, name) : null;
  const isPublic = at(issuer, "spec", "acme") !== undefined;
  return isPublic
    ? [
        problem(
          ID,
          `${kind} ${name} asks a public authority (ACME)`,
          "one of your own (CA, Vault): public ones issue for no name inside a cluster",
          "make an issuer with an authority of its own, and name it in internalIssuer",
        ),
      ]
    : [{ ...judgeIssuer(issuer, `${kind} ${name}`, "internalIssuer"), subject: ID }];
};

const look = async (ground: Ground): Promise<Finding[]> => {
  const objects = await ground.rendered();
  const [secret, host] = [internalSecretIn(objects), hostIn(objects)];
  if (host === null) return [ok(ID, "there is no API in this deployment")];
  if (secret === null)
    return objects.some((object) => podTemplateOf(object)?.metadata.labels["app.kubernetes.io/component"] === "dataplane")
      ? [
          note(
            ID,
            "dataplanes speak plain http to the API inside the cluster",
            "https, where others share the network: policies keep them apart, and encrypt nothing",
            `say secrets.internal or internalIssuer in deployment.yaml (${RUNBOOK})`,
          ),
        ]
      : [ok(ID, "there are no dataplanes besides the API")];
  const certificate = objects.find(({ kind, apiVersion }) => kind === "Certificate" && apiVersion.startsWith(GROUP));
  if (certificate !== undefined) return ofIssuer(ground, certificate);
  const found = (await ground.namespace()) === null ? null : await ground.site.kubectl.get("secrets", secret);
  return judgeInternal(found, secret, host, ground.now);
};

export const internalTls: Check = {
  id: ID,
  looks: "the Secret with which the API answers dataplanes by https, or cert-manager's issuer of it",
  needs:
    "a certificate for the Service's name with its key, and beside it the authority that issued it, all good for more than 30 days, or for a quarter of their time",
  look,
};
