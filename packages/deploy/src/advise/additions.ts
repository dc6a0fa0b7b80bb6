/** What is added to a model because of an answer: each with the answers that ask for it. */
import type { When } from "./answers.ts";
import type { Aspect } from "./models.ts";
import type { Next } from "./next.ts";
import type { ModelName } from "./rules.ts";

export type Addition = {
  title: string;
  docs: string;
  models: readonly ModelName[];
  /** Any of these. */
  when: readonly When[];
  /** What of the model's own words it changes. */
  instead?: Readonly<Partial<Record<Aspect, string>>>;
  /** Commands before the model's own, and after them. */
  before: readonly Next[];
  after: readonly Next[];
};

const FOUR = ["aws", "azure", "gcp", "oci"] as const;
const IN_FOUR: When = { purpose: ["production"], cloud: FOUR };

export const ADDITIONS: readonly Addition[] = [
  {
    title: "Dataplanes of yours",
    docs: "Dataplanes run next to the data and dial the control plane over https; rows stay in your network, and no way in is opened. Where they are is one process, or the same chart with the control plane switched off: docs/dataplane.md.",
    models: ["platform"],
    when: [{ "data-readers": ["statistics"] }, { connectivity: ["outbound"] }],
    instead: {
      sees: "Rows stay on machines of yours. The operator's administrators can reach what dataplanes tell: statistics, messages and select values of fields that are not masked, in the metadata store. Previews pass through the control plane sealed for the process that answers. Failing rows go to your enrichment datastore.",
      opens:
        "From your dataplanes to the control plane over https, outwards; from them to the datastores. Nothing comes in. People reach it over https.",
      staff: "A contract, and somebody who looks after a process or a release next to the data.",
    },
    before: [],
    after: [
      {
        verb: null,
        command: "touchstone dataplane --server https://FQDN --code CODE",
        does: "works next to the data, once an administrator has made the code",
      },
    ],
  },
  {
    title: "Private ways to datastores",
    docs: "The Terraform templates make them: `cloud.connectivity` in deployment.yaml, the same keys on four clouds.",
    models: ["platform", "customer"],
    when: [{ ...IN_FOUR, connectivity: ["private-endpoint", "transit", "vpn"] }],
    before: [],
    after: [],
  },
  {
    title: "A cluster by the templates",
    docs: "Where you have no cluster yet, the Terraform templates make one in your account: private network, private cluster, Postgres, identities and a bucket, as deploy/terraform/README.md says. Give deployment.yaml a `cloud` for it.",
    models: ["customer"],
    when: [IN_FOUR],
    before: [],
    after: [],
  },
  {
    title: "A mirror",
    docs: "Chart and images come from a registry of yours; images.txt lists them, and digests pin them; docs/deploy-support.md says how.",
    models: ["customer"],
    when: [{ "air-gap": ["yes"] }],
    before: [{ verb: "mirror", command: "touchstone deploy mirror --to REGISTRY", does: "brings chart and images to your registry" }],
    after: [],
  },
  {
    title: "Without a network",
    docs: "Run npm ci on a machine of the same kind that has internet, and take the folder along: nothing is fetched at run time.",
    models: ["process"],
    when: [{ "air-gap": ["yes"] }],
    before: [],
    after: [],
  },
];
