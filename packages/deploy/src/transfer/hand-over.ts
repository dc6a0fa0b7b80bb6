/** What the operator hands over, gathered from where it is: nothing of it is believed from memory, and nothing secret is in it. */
import type { Client } from "@touchstone/core/client/client";
import { providers } from "@touchstone/core/routes/providers";
import type { Helm } from "../cluster/helm.ts";
import type { Kubectl } from "../cluster/kubectl.ts";
import type { Deployment } from "../deployment/deployment.ts";
import { at } from "../kubernetes/manifest.ts";
import { cloudAccesses, type Operator } from "./access.ts";
import { clusterWays } from "./bindings.ts";
import { credentialsOf } from "./credentials.ts";
import type { Access, Party, Shape, TransferDocument } from "./document.ts";
import { dnsOf, releaseFacts, tellableDeployment } from "./release-facts.ts";
import { auditHead, connectionNames, serviceAccesses } from "./service.ts";
import { readState, recipesOf } from "./state.ts";

export type HandOver = {
  shape: Shape;
  deployment: Deployment;
  party: Party;
  operator: Operator;
  kubectl: Kubectl;
  helm: Helm;
  /** Null where the operator has no account in the platform: then its ways in are the customer's to look for. */
  client: Client | null;
  /** A state of Terraform as text, and what errors call it. */
  state: { text: string; name: string } | null;
  store: TransferDocument["store"];
};

const infrastructureOf = ({ cloud }: Deployment, state: HandOver["state"]): TransferDocument["infrastructure"] => {
  if (cloud === undefined) return null;
  const { type, config } = cloud.backend ?? { type: "not said", config: {} };
  const recipes = state === null ? { resources: 0, imports: "", removed: "" } : recipesOf(readState(state.text, state.name));
  return { provider: `${cloud.provider} ${cloud.region}`, backend: [type, ...Object.values(config)].join(" "), ...recipes };
};

const groupsOf = async (kubectl: Kubectl, { secrets }: Deployment): Promise<string[]> => {
  const data = at(await kubectl.get("secret", secrets.dataplanes), "data");
  return typeof data === "object" && data !== null ? Object.keys(data) : [];
};

const ofService = async (client: Client | null, operator: Operator, now: Date) =>
  client === null
    ? { accesses: [], audit: null, connections: [], names: [] }
    : {
        accesses: await serviceAccesses(client, operator, now),
        audit: await auditHead(client),
        connections: await connectionNames(client),
        names: (await client.ask(providers.list)).items.map(({ name }) => name),
      };

/** What pushes upgrades before it is handed over is of who operates it, whoever's keys those are: the takeover ends all of it. */
const asOfToday = (access: Access): Access => (access.kind === "pushed upgrades" ? { ...access, operators: true } : access);

/** The document that is signed, and what could not be looked at. */
export const handedOver = async (
  { shape, deployment, party, operator, kubectl, helm, client, state, store }: HandOver,
  now: Date,
): Promise<{ document: TransferDocument; unseen: string[] }> => {
  const release = await releaseFacts(helm, deployment);
  const cluster = await clusterWays(kubectl, operator);
  const service = await ofService(client, operator, now);
  const known = { groups: await groupsOf(kubectl, deployment), connections: service.connections, providers: service.names };
  return {
    document: {
      version: 1,
      kind: "touchstone-transfer",
      shape,
      madeAt: now.toISOString(),
      operator: party,
      operatorDomain: operator.domain,
      deployment: tellableDeployment(deployment),
      release,
      infrastructure: infrastructureOf(deployment, state),
      dns: await dnsOf(kubectl, deployment),
      audit: service.audit,
      groups: known.groups,
      accesses: [...cloudAccesses(deployment.cloud?.inputs ?? {}), ...cluster.accesses.map(asOfToday), ...service.accesses],
      credentials: credentialsOf(deployment, known),
      store,
    },
    unseen: [
      ...(cluster.sawCluster ? [] : ["bindings of the whole cluster: this login may not read them"]),
      ...(client === null ? ["accounts, tokens, identity providers and the audit log of the platform: no server was given"] : []),
      ...(deployment.cloud !== undefined && state === null ? ["the resources of the cloud: no state was given"] : []),
    ],
  };
};
