/**
 * `deployment.yaml`: what one deployment is, for every command of `touchstone deploy` and for a fleet. What is not said follows from the
 * model and the size. Secrets are named here, never written: each name is of a Secret in the deployment's namespace.
 */
import { z } from "zod";
import { SIZE_DEFAULT, SIZE_NAMES } from "../chart/sizes.ts";
import { MaintenanceWindow } from "./window.ts";

export const PROVIDERS = ["aws", "azure", "gcp", "oci"] as const;
export type Provider = (typeof PROVIDERS)[number];

/** Rings of releases, from the first that gets one to the last. */
export const CHANNELS = ["internal", "canary", "early", "stable"] as const;
export type Channel = (typeof CHANNELS)[number];

const label = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";
export const Fqdn = z
  .string()
  .regex(new RegExp(`^${label}(\\.${label})+$`), "a fully qualified lower-case name such as quality.example.org");
export const Name = z
  .string()
  .regex(/^[a-z][a-z0-9-]{1,22}[a-z0-9]$/, "3 to 24 lower-case letters, digits and hyphens, beginning with a letter");
export const ObjectName = z.string().regex(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/, "a name of an object of Kubernetes");
export const Namespace = z.string().regex(new RegExp(`^${label}$`), "a name of a namespace");
export const Cidr = z.string().regex(/^([0-9]{1,3}\.){3}[0-9]{1,3}\/[0-9]{1,2}$/, "a network such as 10.20.0.0/16");
export const Port = z.int().min(1).max(65_535);

const Datastore = z.strictObject({
  cidrs: z.array(Cidr).min(1).describe("networks it is in"),
  ports: z.array(Port).min(1).describe("TCP ports"),
  host: z.string().optional().describe("its name, which preflight tries from inside the cluster"),
  https: z
    .boolean()
    .optional()
    .describe("whether it is asked by https, as object stores and warehouses in a cloud are; where nothing is said, at port 443"),
});
/** Networks and ports alone. */
const Place = Datastore.omit({ host: true, https: true });

/** One variable with four implementations: as deploy/terraform takes it (its README says what each key means on each cloud). */
const Connectivity = z.strictObject({
  private_endpoints: z.record(Name, z.looseObject({})).default({}).describe("PrivateLink or its equal, by name of the datastore"),
  transit: z.looseObject({}).optional().describe("transit gateway or its equal, and the networks behind it"),
  vpn: z.record(Name, z.looseObject({})).default({}).describe("site-to-site, one entry a site"),
});

/** A few keys; one of RSA has some three thousand characters. */
const SIGNERS_CHARACTERS_MAX = 100_000;
const Signers = z
  .string()
  .max(SIGNERS_CHARACTERS_MAX)
  .refine((text) => text.includes("-----BEGIN PGP PUBLIC KEY BLOCK-----"), "public keys of OpenPGP in ASCII armor")
  .refine((text) => !text.includes("PGP PRIVATE KEY BLOCK"), "public keys: a private one stays with its owner");

/** Some of them; one has 178 characters. */
const IMAGE_SIGNERS_CHARACTERS_MAX = 10_000;
const ImageSigners = z
  .string()
  .max(IMAGE_SIGNERS_CHARACTERS_MAX)
  .refine((text) => text.includes("-----BEGIN PUBLIC KEY-----"), "public keys in PEM, as cosign writes them to cosign.pub")
  .refine((text) => !text.includes("PRIVATE KEY"), "public keys: a private one stays with its owner");

const Cloud = z.strictObject({
  provider: z.enum(PROVIDERS),
  region: z.string().min(1).describe("region of the cloud, such as eu-central-1"),
  connectivity: Connectivity.prefault({}).describe("ways to private datastores; public ones need nothing"),
  inputs: z
    .record(z.string().regex(/^[a-z_]+$/), z.unknown())
    .default({})
    .describe("further inputs of the Terraform template, as its README lists them; never a secret"),
  backend: z
    .strictObject({ type: z.enum(["s3", "azurerm", "gcs", "oci", "local"]), config: z.record(z.string(), z.string()).default({}) })
    .optional()
    .describe("where the state is kept; local only to try it out"),
});

export const Deployment = z.strictObject({
  version: z.literal(1),
  name: Name.describe("name of the deployment: of the release, and a part of what is made in a cloud"),
  model: z
    .enum(["platform", "customer"])
    .describe("platform: an operator provisions and runs it, one VPC for one customer; customer: in a cluster of the customer's"),
  owner: z.string().default("").describe("whose it is, in words"),
  fqdn: Fqdn.describe("name under which people reach it over https"),
  size: z.enum(SIZE_NAMES).default(SIZE_DEFAULT).describe("how much everything asks for: the table of sizes in the chart's README"),
  channel: z.enum(CHANNELS).default("stable").describe("how early it gets a release"),
  cluster: z
    .strictObject({
      context: z.string().optional().describe("context of the kubeconfig; the current one where nothing is said, and it is printed"),
      namespace: Namespace.default("touchstone"),
      storageClass: z.string().default("").describe("StorageClass of volumes; the cluster's default where empty"),
      ingressClass: z.string().default("").describe("IngressClass; the cluster's default where empty"),
    })
    .prefault({}),
  cloud: Cloud.optional().describe("where the infrastructure is made by the templates in deploy/terraform"),
  release: z
    .strictObject({
      chart: z.string().default("").describe("oci://…, an archive or a folder; the chart that comes with this program where empty"),
      version: z.string().default("").describe("version of a chart from a registry"),
      signers: Signers.optional().describe(
        "OpenPGP public keys, as gpg --armor --export prints them: the chart is used only where one of them has signed it",
      ),
      imageSigners: ImageSigners.optional().describe(
        "public keys of cosign: images are used only where one of them has signed them; digests says which images",
      ),
      digests: z
        .strictObject({ controlPlane: z.string().default(""), dataplane: z.string().default(""), updater: z.string().default("") })
        .prefault({})
        .describe("sha256:… of the images"),
      imageRegistry: z.string().default("").describe("registry the images are pulled from: a mirror, for an air gap"),
      pullSecrets: z.array(ObjectName).default([]),
    })
    .prefault({}),
  secrets: z
    .strictObject({
      store: ObjectName.default("touchstone-store").describe("with DATABASE_URL"),
      keys: ObjectName.default("touchstone-keys").describe("with TOUCHSTONE_SECRET_KEYS and TOUCHSTONE_TOKEN_KEY"),
      dataplanes: ObjectName.default("touchstone-dataplanes").describe("with a token for each group"),
      certificate: ObjectName.optional().describe("of type kubernetes.io/tls; where nothing is said, tlsIssuer makes it"),
      internal: ObjectName.optional().describe(
        "with tls.crt, tls.key and ca.crt, for https between dataplanes and API; where nothing is said, internalIssuer makes it",
      ),
    })
    .prefault({}),
  tlsIssuer: z.string().optional().describe("ClusterIssuer of cert-manager that makes the certificate"),
  internalIssuer: z
    .strictObject({
      name: ObjectName,
      kind: z.enum(["Issuer", "ClusterIssuer"]).default("ClusterIssuer").describe("of the deployment's namespace, or of the cluster"),
    })
    .optional()
    .describe(
      "cert-manager's issuer of a private authority, which makes secrets.internal; without both, dataplanes inside speak plain http",
    ),
  store: z
    .enum(["external", "cloudnativepg", "demo"])
    .default("external")
    .describe("the metadata store: a Postgres you have, one that the CloudNativePG operator makes, or an embedded one to try it out"),
  networks: z
    .strictObject({
      store: z.array(Cidr).default([]).describe("networks the external store is in; the private ones where empty"),
      datastores: z.record(Name, Datastore).default({}).describe("what dataplanes may reach, by name; everything else is denied"),
      identityProviders: z
        .array(
          Place.extend({
            issuer: z.url().optional().describe("OIDC issuer, which preflight asks for its discovery document"),
          }),
        )
        .default([]),
    })
    .prefault({}),
  upgrades: z
    .enum(["none", "namespace-admin", "cluster-admin"])
    .default("none")
    .describe("pushed upgrades: none, you upgrade; otherwise what the ServiceAccount that pulls signed releases may do"),
  updater: z
    .strictObject({
      pointer: z
        .string()
        .regex(
          /^(https:\/\/[!-?A-~]+|oci:\/\/[A-Za-z0-9.:-]+(\/[a-z0-9._-]+)+(:[\w.-]+|@sha256:[a-f0-9]{64})|configmap:[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?)$/,
          "https://… without a user in it, oci://registry/path:channel, or configmap:NAME",
        )
        .optional()
        .describe("where the pointer of its channel is: oci://registry/path:channel, https://…, or configmap:NAME in its namespace"),
      networks: z
        .array(Place)
        .default([])
        .describe(
          "networks of the pointer's host, of the chart's registry and, with release.imageSigners, of the images'; every other is denied",
        ),
      irreversible: z.boolean().default(false).describe("whether it may install a release that cannot be rolled back"),
    })
    .prefault({})
    .describe("how releases are pulled, where upgrades are pushed"),
  maintenanceWindow: MaintenanceWindow.optional().describe("when upgrades may be pushed; at any time where nothing is said"),
  values: z.record(z.string(), z.unknown()).default({}).describe("further values of the chart; they override what follows from the rest"),
});
export type Deployment = z.output<typeof Deployment>;
export type DeploymentInput = z.input<typeof Deployment>;

/** Meaning beyond the shape of a single value: what has to be said where something else is said. Empty when all is well. */
export const contradictions = (deployment: Deployment): { place: string; reason: string }[] => [
  ...(deployment.model === "platform" && deployment.cloud === undefined
    ? [{ place: "cloud", reason: "the platform model provisions a cloud of its own: say provider and region" }]
    : []),
  ...(deployment.size === "dev" && deployment.cloud !== undefined
    ? [{ place: "size", reason: "dev is for a cluster that is there; the templates begin at small" }]
    : []),
  ...(deployment.release.signers !== undefined && deployment.release.chart === ""
    ? [{ place: "release.signers", reason: "the chart that comes with this program is not a signed one: name it in release.chart" }]
    : []),
  ...(deployment.secrets.certificate !== undefined && deployment.tlsIssuer !== undefined
    ? [{ place: "tlsIssuer", reason: "secrets.certificate names a certificate already" }]
    : []),
  ...(deployment.secrets.internal !== undefined && deployment.internalIssuer !== undefined
    ? [{ place: "internalIssuer", reason: "secrets.internal names a certificate already" }]
    : []),
];
