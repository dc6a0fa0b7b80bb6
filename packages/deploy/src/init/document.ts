/** Answers as a deployment.yaml with its comments: what was said, and beside it, commented out, what may be said besides. Pure. */
import { stringify } from "yaml";
import { SIZE_NAMES, SIZES, type SizeName } from "../chart/sizes.ts";
import { Deployment } from "../deployment/deployment.ts";
import type { Answered } from "../interview/question.ts";
import { datastoresOf, networksOf } from "./networks.ts";
import { cloudOf } from "./template-inputs.ts";

/** The deployment that these answers mean. */
export const deploymentOf = (answers: Answered): Deployment => {
  const said = (name: string): string | undefined => (answers[name] === "" ? undefined : answers[name]);
  const read = datastoresOf(answers["datastores"] ?? "");
  const datastores = typeof read === "string" ? [] : read;
  const store = networksOf(answers["store-networks"] ?? "");
  const [certificate, issuer] = answers["tls"] === "issuer" ? [undefined, said("issuer")] : [said("certificate"), undefined];
  const inside = answers["internal-tls"];
  const internal = inside === "secret" ? said("internal-certificate") : undefined;
  const internalIssuer = inside === "issuer" ? said("internal-issuer") : undefined;
  return Deployment.parse({
    version: 1,
    name: answers["name"],
    model: answers["model"],
    fqdn: answers["fqdn"],
    size: said("size"),
    cluster: { namespace: said("namespace"), storageClass: said("storage-class"), ingressClass: said("ingress-class") },
    ...cloudOf(answers),
    release: { imageRegistry: said("registry") },
    secrets: { ...(certificate === undefined ? {} : { certificate }), ...(internal === undefined ? {} : { internal }) },
    ...(issuer === undefined ? {} : { tlsIssuer: issuer }),
    ...(internalIssuer === undefined ? {} : { internalIssuer: { name: internalIssuer } }),
    store: said("store"),
    networks: { store, datastores: Object.fromEntries(datastores.map(({ name, ...where }) => [name, where])) },
    upgrades: said("upgrades"),
  });
};

type Part = {
  comment: string;
  /** Under which `said` and `besides` stand; null where they stand at the top. */
  key: string | null;
  said: Readonly<Record<string, unknown>>;
  /** What may be said here besides, as it would be written. */
  besides?: object;
};

/** Without what says nothing. */
const kept = (value: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(value).filter(([, inner]) => inner !== "" && inner !== undefined && !(Array.isArray(inner) && inner.length === 0)),
  );

const cloudParts = ({ cloud }: Deployment): Part[] =>
  cloud === undefined
    ? []
    : [
        {
          comment:
            "Where the infrastructure is made: deploy/terraform/README.md. `inputs` go to the template, `backend` is where its state is kept,\nand `connectivity` makes ways to private datastores.",
          key: "cloud",
          said: { provider: cloud.provider, region: cloud.region, inputs: cloud.inputs, backend: cloud.backend },
          besides: { connectivity: { transit: { hub_id: "ID", routes: ["10.20.0.0/16"] } } },
        },
      ];

const networkPart = ({ networks }: Deployment): Part => {
  const { store, datastores } = networks;
  const isListed = Object.keys(datastores).length > 0;
  return {
    comment: "What pods may reach; everything else is denied. An identity provider is asked only where it is listed.",
    key: "networks",
    said: kept({ store, datastores: isListed ? datastores : undefined }),
    besides: {
      ...(isListed ? {} : { datastores: { warehouse: { cidrs: ["10.20.0.0/16"], ports: [5432], host: "db.example.org" } } }),
      identityProviders: [{ cidrs: ["203.0.113.0/24"], ports: [443], issuer: "https://login.example.org" }],
    },
  };
};

const clusterParts = ({ cluster, release, secrets, store }: Deployment): Part[] => [
  {
    comment: "The cluster. `context` is one of the kubeconfig; the current one where nothing is said.",
    key: "cluster",
    said: kept({ namespace: cluster.namespace, storageClass: cluster.storageClass, ingressClass: cluster.ingressClass }),
    besides: { context: "production" },
  },
  {
    comment: "What is installed. Digests say which images exactly, whatever a tag says.",
    key: "release",
    said: kept({ imageRegistry: release.imageRegistry }),
    besides: { pullSecrets: ["registry"], digests: { controlPlane: "sha256:…", dataplane: "sha256:…" } },
  },
  {
    comment: "Names of Secrets in the namespace; what is in them is never written here.",
    key: "secrets",
    said: kept({
      store: store === "external" ? secrets.store : undefined,
      keys: secrets.keys,
      dataplanes: secrets.dataplanes,
      certificate: secrets.certificate,
      internal: secrets.internal,
    }),
  },
];

const INSIDE = "https between dataplanes and API inside the cluster: secrets.internal, or an issuer of cert-manager that makes it.";

/** What is said of https inside; what may be said, where it is not, for then it is plain http. */
const insideParts = ({ internalIssuer, secrets, store }: Deployment): Part[] => {
  if (internalIssuer !== undefined) return [{ comment: INSIDE, key: "internalIssuer", said: internalIssuer }];
  if (secrets.internal !== undefined || store === "demo") return [];
  return [{ comment: INSIDE, key: "internalIssuer", said: {}, besides: { name: "company-authority", kind: "ClusterIssuer" } }];
};

const otherSizes = (size: SizeName): string => SIZE_NAMES.filter((name) => name !== size).join(", ");

const top = (comment: string, said: Part["said"]): Part => ({ comment, key: null, said });

const parts = (deployment: Deployment): Part[] => [
  top("Who runs it. customer: you, in a Kubernetes of yours. platform: an operator, in a VPC made for one customer.", {
    version: 1,
    name: deployment.name,
    model: deployment.model,
  }),
  top("People reach it at this name over https; it resolves to the ingress.", { fqdn: deployment.fqdn }),
  top(`How much everything asks for. ${deployment.size}: ${SIZES[deployment.size].summary}. Others: ${otherSizes(deployment.size)}.`, {
    size: deployment.size,
  }),
  ...cloudParts(deployment),
  ...clusterParts(deployment),
  ...(deployment.tlsIssuer === undefined
    ? []
    : [top("ClusterIssuer of cert-manager that makes the certificate.", { tlsIssuer: deployment.tlsIssuer })]),
  ...insideParts(deployment),
  top("The metadata store: external, cloudnativepg or demo.", { store: deployment.store }),
  networkPart(deployment),
  top("Pushed upgrades: none, namespace-admin or cluster-admin.", { upgrades: deployment.upgrades }),
];

const each = (text: string, prefix: string): string => text.trimEnd().replaceAll(/^/gm, prefix);
const yaml = (value: object): string => stringify(value, { lineWidth: 0 });

const partText = ({ comment, key, said, besides }: Part): string => {
  const isSaid = Object.keys(said).length > 0;
  const written = isSaid ? yaml(key === null ? said : { [key]: said }) : "";
  if (besides === undefined) return `\n${each(comment, "# ")}\n${written}`;
  // Where the key is written already, what is below it goes on there.
  const example = key === null || isSaid ? each(yaml(besides), "  ") : yaml({ [key]: besides });
  return `\n${each(comment, "# ")}\n${written}${each(example, "#")}\n`;
};

const HEAD = `# One deployment of Touchstone. What is not said follows from model and size; \`touchstone deploy schema\` describes every key.
# Lines after a # without a space are examples of what may be said besides.
`;

/** The file: what is said, and commented out beside it what else may be. */
export const deploymentYaml = (deployment: Deployment): string => HEAD + parts(deployment).map(partText).join("");
