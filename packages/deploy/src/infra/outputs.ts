/** What the templates tell about what they made: the same on every cloud (deploy/terraform/README.md). Never a password. */
import { z } from "zod";

const Cidr = z.string();

export const Outputs = z.looseObject({
  cluster_name: z.string().optional(),
  /** Writes the access to the cluster into a kubeconfig. */
  kubeconfig_command: z.string().optional(),
  fqdn: z.string().optional(),
  certificate_ref: z.string().nullish(),
  /** Labels of the nodes of each pool. */
  node_labels: z.record(z.string(), z.record(z.string(), z.string())).default({}),
  capacity: z.looseObject({ cores: z.number(), memory_gb: z.number() }).optional(),
  storage_classes: z.array(z.string()).default([]),
  /** What pods are in the cloud, by what they do: an ARN, a client id, an address of a service account. */
  workload_identity: z.record(z.string(), z.string()).default({}),
  database: z
    .looseObject({ host: z.string(), port: z.number(), name: z.string(), user: z.string(), secret_ref: z.string().nullish() })
    .optional(),
  backup: z.looseObject({ bucket: z.string(), key_ref: z.string().nullish() }).optional(),
  /** Names by which private datastores are reached, by name of the endpoint. */
  datastore_endpoints: z.record(z.string(), z.string()).default({}),
  datastore_networks: z.array(Cidr).default([]),
});
export type Outputs = z.output<typeof Outputs>;

/** Of what was made by nobody here. */
export const NO_OUTPUTS: Outputs = Outputs.parse({});
