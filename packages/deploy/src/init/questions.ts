/** What is asked for a deployment.yaml. */
import type { z } from "zod";
import { roomOf } from "../chart/size-room.ts";
import { SIZE_DEFAULT, SIZE_NAMES, SIZES } from "../chart/sizes.ts";
import { Fqdn, Name, Namespace, ObjectName, PROVIDERS, type Provider } from "../deployment/deployment.ts";
import type { Answered, Question } from "../interview/question.ts";
import { datastoresOf, networksRefusal } from "./networks.ts";
import { TEMPLATE_QUESTIONS } from "./template-inputs.ts";

/** A cluster that is there, instead of a cloud in which one is made. */
export const NO_CLOUD = "none";

const CLOUDS: Readonly<Record<Provider, { docs: string; region: string }>> = {
  aws: { docs: "Amazon Web Services: EKS", region: "eu-central-1" },
  azure: { docs: "Microsoft Azure: AKS", region: "westeurope" },
  gcp: { docs: "Google Cloud: GKE", region: "europe-west3" },
  oci: { docs: "Oracle Cloud: OKE", region: "eu-frankfurt-1" },
};

const always = (): boolean => true;
const anything = (): null => null;
const isMade = ({ provider }: Answered): boolean => provider !== undefined && provider !== NO_CLOUD;

/** A text as a schema of deployment.yaml takes it. */
const as =
  (schema: z.ZodString) =>
  (text: string): string | null =>
    schema.safeParse(text).error?.issues[0]?.message ?? null;

const orNothing =
  (refuses: (text: string) => string | null) =>
  (text: string): string | null =>
    text === "" ? null : refuses(text);

const sizes = SIZE_NAMES.map((value) => {
  const { cores, gigabytes, largestPod } = roomOf(value);
  return {
    value,
    docs: `${SIZES[value].summary}. In all ${cores} cores and ${gigabytes} GB, the largest pod ${largestPod.cores} and ${largestPod.gigabytes}`,
  };
});

/** A registry's host and path, as it stands before the name of an image. */
const REGISTRY = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?(\/[a-z0-9]([a-z0-9._-]*[a-z0-9])?)*$/;
const REGION = /^[a-z0-9][a-z0-9-]*$/;
const matches = (pattern: RegExp, wanted: string) => (text: string) => (pattern.test(text) ? null : wanted);

const WHERE: readonly Question[] = [
  {
    name: "model",
    asks: "Which model?",
    why: "touchstone deploy advise helps to choose.",
    choices: [
      { value: "customer", docs: "you run it in a Kubernetes of yours" },
      { value: "platform", docs: "an operator makes a VPC for one customer, and runs it there" },
    ],
    usual: () => null,
    refuses: anything,
    isAsked: always,
  },
  {
    name: "provider",
    asks: "Which cloud shall the templates make a cluster in?",
    why: "The Terraform templates make network, cluster, Postgres and identities in four clouds. The platform model always begins with them.",
    choices: [
      { value: NO_CLOUD, docs: "none: the cluster is there already" },
      ...PROVIDERS.map((value) => ({ value, docs: CLOUDS[value].docs })),
    ],
    usual: ({ model }) => (model === "customer" ? NO_CLOUD : null),
    refuses: (text, { model }) => (model === "platform" && text === NO_CLOUD ? "the platform model makes a cloud of its own" : null),
    isAsked: always,
  },
  {
    name: "region",
    asks: "Which region?",
    why: `Next to the data: traffic between regions is slow and paid for. Such as ${PROVIDERS.map((name) => `${CLOUDS[name].region} (${name})`).join(", ")}.`,
    choices: [],
    form: "region",
    usual: () => null,
    refuses: matches(REGION, "a region is lower-case letters, digits and hyphens"),
    isAsked: isMade,
  },
];

const WHAT: readonly Question[] = [
  {
    name: "name",
    asks: "What is it called?",
    why: "Name of the release, and a part of the names of all that is made. It cannot be changed later.",
    choices: [],
    form: "name",
    usual: () => "touchstone",
    refuses: as(Name),
    isAsked: always,
  },
  {
    name: "fqdn",
    asks: "Under which name do people reach it?",
    why: "Over https; the certificate and the sign-in are for this name. It has to resolve to the ingress.",
    choices: [],
    form: "host",
    usual: () => null,
    refuses: as(Fqdn),
    isAsked: always,
  },
  {
    name: "size",
    asks: "How large?",
    why: "Every replica and task included. It can be changed later.",
    choices: sizes,
    usual: () => SIZE_DEFAULT,
    refuses: (text, before) => (text === "dev" && isMade(before) ? "the templates begin at small" : null),
    isAsked: always,
  },
  {
    name: "namespace",
    asks: "Which namespace?",
    why: "Everything is in it, and one that is used by nothing else can be held to the restricted standard.",
    choices: [],
    form: "name",
    usual: () => "touchstone",
    refuses: as(Namespace),
    isAsked: always,
  },
  {
    name: "registry",
    asks: "Which registry are images pulled from?",
    why: "Images are not published yet: you build them and push them to a registry of yours. Nothing, where nodes have them already.",
    choices: [],
    form: "host/path",
    usual: () => "",
    refuses: orNothing(matches(REGISTRY, "a registry is a host and a path such as registry.example.org/quality")),
    isAsked: always,
  },
];

const STORE: readonly Question[] = [
  {
    name: "store",
    asks: "Where is the metadata store?",
    why: "All that is known is in it. The demo's is not backed up elsewhere and has one pod.",
    choices: [
      { value: "external", docs: "a Postgres (15 or newer) that you have, or that the templates make" },
      { value: "cloudnativepg", docs: "the CloudNativePG operator makes it in the cluster" },
      { value: "demo", docs: "an embedded one, to try it out" },
    ],
    usual: () => "external",
    refuses: anything,
    isAsked: always,
  },
  {
    name: "store-networks",
    asks: "Which networks is that Postgres in?",
    why: "Pods may reach it there. Separated by commas; nothing means every private network, and then the control plane may reach port 5432 of other databases too.",
    choices: [],
    form: "networks",
    usual: () => "",
    refuses: networksRefusal,
    isAsked: ({ store }) => store === "external",
  },
  {
    name: "storage-class",
    asks: "Which StorageClass?",
    why: "For backups, and the store where it is in the cluster. Nothing means the cluster's default.",
    choices: [],
    form: "name",
    usual: (before) => (isMade(before) ? "touchstone-data" : ""),
    refuses: orNothing(as(ObjectName)),
    isAsked: always,
  },
];

const REACH: readonly Question[] = [
  {
    name: "datastores",
    asks: "Which datastores may dataplanes reach?",
    why: "Everything else is denied. NAME=NETWORK:PORT, with @HOST where preflight shall try the name; several with spaces between, such as warehouse=10.20.0.0/16:5432@db.example.org. They can be added later.",
    choices: [],
    form: "name=network:port",
    usual: () => "",
    refuses: (text) => {
      const read = datastoresOf(text);
      return typeof read === "string" ? read : null;
    },
    isAsked: always,
  },
  {
    name: "ingress-class",
    asks: "Which IngressClass?",
    why: "Of the controller that takes https from people. Nothing means the cluster's default.",
    choices: [],
    form: "name",
    usual: () => "",
    refuses: orNothing(as(ObjectName)),
    isAsked: always,
  },
  {
    name: "tls",
    asks: "Where is the certificate from?",
    why: "Without one nobody signs in.",
    choices: [
      { value: "secret", docs: "a Secret of type kubernetes.io/tls that you make" },
      { value: "issuer", docs: "cert-manager makes it, by a ClusterIssuer" },
    ],
    usual: ({ issuer }) => (issuer === undefined ? "secret" : "issuer"),
    refuses: anything,
    isAsked: always,
  },
  {
    name: "certificate",
    asks: "Which Secret has it?",
    why: "It is named here and made by you.",
    choices: [],
    form: "name",
    usual: () => "touchstone-certificate",
    refuses: as(ObjectName),
    isAsked: ({ tls }) => tls === "secret",
  },
  {
    name: "issuer",
    asks: "Which ClusterIssuer makes it?",
    why: "kubectl get clusterissuers lists them.",
    choices: [],
    form: "name",
    usual: () => null,
    refuses: as(ObjectName),
    isAsked: ({ tls }) => tls === "issuer",
  },
  {
    name: "internal-tls",
    asks: "How do dataplanes speak to the API inside the cluster?",
    why: "Network policies keep others away and encrypt nothing; https does, with a certificate of a private authority.",
    choices: [
      { value: "secret", docs: "https, with a Secret that you make; docs/runbooks/internal-certificate.md has the commands" },
      { value: "issuer", docs: "https, with a certificate that cert-manager makes and renews, by a ClusterIssuer of a private authority" },
      { value: "off", docs: "plain http: where a mesh or the network itself encrypts" },
    ],
    usual: ({ "internal-issuer": issuer }) => (issuer === undefined ? "secret" : "issuer"),
    refuses: anything,
    isAsked: ({ store }) => store !== "demo",
  },
  {
    name: "internal-certificate",
    asks: "Which Secret has that certificate?",
    why: "It is named here and made by you.",
    choices: [],
    form: "name",
    usual: () => "touchstone-internal",
    refuses: as(ObjectName),
    isAsked: (before) => before["internal-tls"] === "secret",
  },
  {
    name: "internal-issuer",
    asks: "Which ClusterIssuer makes that one?",
    why: "One with an authority of its own (CA, Vault): a public one issues for no name inside a cluster.",
    choices: [],
    form: "name",
    usual: () => null,
    refuses: as(ObjectName),
    isAsked: (before) => before["internal-tls"] === "issuer",
  },
  {
    name: "upgrades",
    asks: "May upgrades be pushed?",
    why: "A ServiceAccount pulls signed releases and installs them, with these rights. You can take it away by deleting it.",
    choices: [
      { value: "none", docs: "no: you upgrade" },
      { value: "namespace-admin", docs: "yes, with the rights of an administrator of the namespace" },
      { value: "cluster-admin", docs: "yes, with the rights of an administrator of the cluster" },
    ],
    usual: () => "none",
    refuses: anything,
    isAsked: always,
  },
];

export const INIT_QUESTIONS: readonly Question[] = [...WHERE, ...WHAT, ...TEMPLATE_QUESTIONS, ...STORE, ...REACH];
