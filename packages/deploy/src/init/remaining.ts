/** What a deployment needs that this program does not make, as commands. Pure. No secret is in one: a shell makes it or asks for it. */
import type { Deployment } from "../deployment/deployment.ts";
import { TEMPLATE_SECRETS } from "./template-inputs.ts";
import type { Next } from "../advise/next.ts";

const own = (command: string, does: string): Next => ({ verb: null, command, does });

type Create = (kind: string, name: string) => string;

const ownSecrets = (create: Create, secrets: Deployment["secrets"]): Next[] => [
  own(
    `${create("generic", secrets.keys)} --from-literal=TOUCHSTONE_SECRET_KEYS="k1:$(openssl rand -base64 32)" --from-literal=TOUCHSTONE_TOKEN_KEY="$(openssl rand -base64 32)"`,
    "the keys that seal and sign; keep a copy apart from the backups: without them sealed secrets stay sealed",
  ),
  own(`${create("generic", secrets.dataplanes)} --from-literal=default="tsdp_$(openssl rand -hex 32)"`, "a token for the dataplanes"),
];

/** Of the chart's names the longest there is (`touchstone.fullname`). */
const FULLNAME_MAX = 32;

/** The name by which pods reach the API: that of the chart's Service. */
export const internalHost = ({ name, cluster }: Deployment): string => {
  const full = name.includes("touchstone") ? name : `${name}-touchstone`;
  return `${full.slice(0, FULLNAME_MAX).replace(/-$/, "")}.${cluster.namespace}.svc`;
};

/** What https between dataplanes and API needs. */
const insideSteps = (create: Create, deployment: Deployment): Next[] => {
  const { secrets, internalIssuer } = deployment;
  if (internalIssuer !== undefined)
    return [
      own(
        `kubectl get clusterissuer ${internalIssuer.name}`,
        "has to be there, with an authority of its own: it makes the certificate inside",
      ),
    ];
  if (secrets.internal === undefined) return [];
  const files = ["tls.crt", "tls.key", "ca.crt"].map((file) => `--from-file=${file}=internal/${file}`).join(" ");
  return [
    own(
      `${create("generic", secrets.internal)} --type=kubernetes.io/tls ${files}`,
      `the certificate for ${internalHost(deployment)}, its key and its authority; docs/runbooks/internal-certificate.md makes them with openssl`,
    ),
  ];
};

const secretSteps = (deployment: Deployment): Next[] => {
  const { store, secrets, cluster, cloud, tlsIssuer } = deployment;
  const create: Create = (kind, name) => `kubectl -n ${cluster.namespace} create secret ${kind} ${name}`;
  return [
    ...(store === "external"
      ? [
          own(
            `${create("generic", secrets.store)} --from-literal=DATABASE_URL="$DATABASE_URL"`,
            `postgres://USER:PASSWORD@HOST/DATABASE?sslmode=verify-full, read from the environment${cloud === undefined ? "" : "; the templates' outputs say the host and where the password is"}`,
          ),
        ]
      : []),
    // The demo's pod makes its own keys, and the dataplane is in it.
    ...(store === "demo" ? [] : ownSecrets(create, secrets)),
    ...(tlsIssuer === undefined
      ? [
          own(
            `${create("tls", secrets.certificate ?? "")} --cert=tls.crt --key=tls.key`,
            "the certificate, with those between it and its authority",
          ),
        ]
      : [own(`kubectl get clusterissuer ${tlsIssuer}`, "has to be there: cert-manager makes the certificate by it")]),
    ...insideSteps(create, deployment),
  ];
};

/** `file` is where the deployment was written; null for where every verb looks by itself. */
export const remaining = (deployment: Deployment, file: string | null): Next[] => {
  const { cluster, cloud, fqdn, release } = deployment;
  const verb = (name: string): string => `touchstone deploy ${name}${file === null ? "" : ` -f ${file}`}`;
  return [
    ...(release.imageRegistry === ""
      ? []
      : [
          own(
            "node packages/deploy/src/images/build.ts",
            `builds the images (as root, with buildah); push them to ${release.imageRegistry}`,
          ),
        ]),
    ...(cloud === undefined
      ? []
      : [
          ...TEMPLATE_SECRETS[cloud.provider].map((name) =>
            own(
              `read -rs TF_VAR_${name} && export TF_VAR_${name}`,
              "a secret of the template, of your own making; it goes into no state and no plan",
            ),
          ),
          { verb: "infra", command: verb("infra plan"), does: "shows what would be made in the cloud" },
          { verb: "infra", command: verb("infra apply"), does: "makes it" },
          { verb: "infra", command: verb("infra outputs"), does: "says how kubectl is let in, where the store is, and where its password" },
        ]),
    own(`kubectl create namespace ${cluster.namespace}`, "unless it is there"),
    own(`kubectl label namespace ${cluster.namespace} pod-security.kubernetes.io/enforce=restricted`, "nothing is waived"),
    ...secretSteps(deployment),
    { verb: "preflight", command: verb("preflight"), does: "measures the cluster against what this needs" },
    {
      verb: "install",
      command: verb("install"),
      does: "installs it",
      instead: `${verb("render --values")} | helm install ${deployment.name} deploy/helm/touchstone -n ${cluster.namespace} --values - --wait`,
    },
    own(`kubectl -n ${cluster.namespace} get ingress`, `shows an address: make a DNS record of ${fqdn} for it`),
  ];
};
