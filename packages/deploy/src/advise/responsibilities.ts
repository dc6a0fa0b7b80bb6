/** Who owns what in each model. */
import type { ModelName } from "./rules.ts";

export type Owner = "you" | "operator" | "nobody";

export type Responsibility = { what: string; who: Readonly<Record<ModelName, Owner>> };

const always = (who: Owner): Responsibility["who"] => ({ platform: who, customer: who, process: who });
const whoRunsIt: Responsibility["who"] = { platform: "operator", customer: "you", process: "you" };
const inCluster: Responsibility["who"] = { platform: "operator", customer: "you", process: "nobody" };

export const RESPONSIBILITIES: readonly Responsibility[] = [
  { what: "Account at the cloud, network, machines", who: whoRunsIt },
  { what: "Kubernetes: nodes, versions, its patches", who: inCluster },
  { what: "Ingress, load balancer, network policies that are enforced", who: inCluster },
  { what: "DNS record and certificate", who: whoRunsIt },
  { what: "Metadata store: Postgres, its backups, a restore that was tried", who: whoRunsIt },
  { what: "Keys that seal secrets and sign tokens, and a copy of them elsewhere", who: whoRunsIt },
  { what: "Upgrades of Touchstone, and going back", who: whoRunsIt },
  { what: "Being called when it stands still", who: whoRunsIt },
  { what: "Datastores, and the user that may READ them", who: always("you") },
  { what: "Enrichment datastore with the failing rows, who sees it, when they are deleted", who: always("you") },
  { what: "Your side of a private endpoint, transit gateway or VPN", who: { platform: "you", customer: "you", process: "nobody" } },
  { what: "Identity provider, people, teams and roles", who: always("you") },
  { what: "Which fields are masked", who: always("you") },
  { what: "Checks, and what becomes of anomalies", who: always("you") },
];
