/** The least that each cloud's template has to be told. */
import type { DeploymentInput, Provider } from "../deployment/deployment.ts";

type Cloud = NonNullable<DeploymentInput["cloud"]>;

export const CLOUDS: Readonly<Record<Provider, Cloud>> = {
  aws: {
    provider: "aws",
    region: "eu-central-1",
    connectivity: { transit: { hub_id: "tgw-0123456789abcdef0", routes: ["10.20.0.0/16"] } },
    inputs: { admin_principals: ["arn:aws:iam::123456789012:role/platform-admins"] },
  },
  azure: {
    provider: "azure",
    region: "westeurope",
    inputs: {
      subscription_id: "00000000-0000-0000-0000-00000000000a",
      tenant_id: "00000000-0000-0000-0000-00000000000c",
      admin_principals: ["00000000-0000-0000-0000-000000000001"],
      applier_cidrs: ["198.51.100.20"],
    },
  },
  gcp: {
    provider: "gcp",
    region: "europe-west1",
    connectivity: {
      private_endpoints: {
        warehouse: { target: "projects/p/regions/europe-west1/serviceAttachments/s", ports: [5432], private_dns: "warehouse.internal" },
      },
    },
    inputs: { project: "acme-touchstone", admin_principals: ["group:platform@acme.example"] },
  },
  oci: {
    provider: "oci",
    region: "eu-frankfurt-1",
    inputs: {
      compartment_id: "ocid1.compartment.oc1..acme",
      admin_principals: ["platform-admins"],
      database_secret_id: "ocid1.vaultsecret.oc1..acme",
    },
  },
};

/** The secrets of all of them, as an environment gives them. */
export const ENV: NodeJS.ProcessEnv = { TF_VAR_database_password: "a-password-of-the-test-only" };
