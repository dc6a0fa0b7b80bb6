/** The ways to run Touchstone, and what each one means for whoever chooses it. */
import { roomOf } from "../chart/size-room.ts";
import { SIZE_DEFAULT, SIZES } from "../chart/sizes.ts";
import type { Next } from "./next.ts";
import type { ModelName } from "./rules.ts";

/** What a reader compares, in the order in which it is told. */
export const ASPECTS = {
  runs: "What runs where",
  operates: "Who operates it",
  sees: "Who can see what",
  opens: "What must be opened",
  staff: "What it costs in people",
  machines: "What it costs in machines",
  impossible: "What is not possible",
} as const;
export type Aspect = keyof typeof ASPECTS;

const isAspect = (name: string): name is Aspect => name in ASPECTS;
export const ASPECT_NAMES: readonly Aspect[] = Object.keys(ASPECTS).filter(isAspect);

export type Model = {
  title: string;
  summary: string;
  aspects: Readonly<Record<Aspect, string>>;
  /** Who runs the commands that come next. */
  nextBy: string;
  next: readonly Next[];
};

const room = roomOf(SIZE_DEFAULT);
const ROOM = `size ${SIZE_DEFAULT}, every replica included: ${room.cores} cores and ${room.gigabytes} GB of memory for its pods; the largest pod has ${room.largestPod.cores} cores and ${room.largestPod.gigabytes} GB`;
const worker = SIZES.small.dataplane;

const PREFLIGHT: Next = {
  verb: "preflight",
  command: "touchstone deploy preflight",
  does: "measures the cluster against what the deployment needs",
};
const INSTALL: Next = {
  verb: "install",
  command: "touchstone deploy install",
  does: "installs it, and looks whether it works",
  instead: "touchstone deploy render --values | helm install NAME deploy/helm/touchstone --values - --wait",
};

export const MODELS: Readonly<Record<ModelName, Model>> = {
  platform: {
    title: "Platform",
    summary:
      "An operator provisions a single-tenant VPC in a cloud and region that you pick, with one deployment in it, and runs it for you.",
    aspects: {
      runs: "A private network, a Kubernetes cluster, a Postgres and a bucket of this deployment alone, in the operator's account at AWS, Azure, Google Cloud or Oracle Cloud. No other customer is in it.",
      operates: "The operator: cloud, cluster, upgrades, backups, alerts. You: datastores, checks, people and their roles.",
      sees: "Rows pass through dataplanes in the operator's VPC and are kept nowhere in it. The operator's administrators can reach statistics, messages and select values of fields that are not masked in the metadata store, and could read the memory of a machine. Failing rows go to your enrichment datastore.",
      opens:
        "From the operator's VPC to each datastore: its public address, a private endpoint, a transit gateway or a site-to-site VPN. READ on datastores, WRITE on the enrichment datastore. People reach it over https.",
      staff: "A contract and somebody who answers questions; nobody who runs machines.",
      machines: `Paid by the operator and charged as you agree (${ROOM}).`,
      impossible:
        "An air gap; a cloud beyond the four; keeping what is derived from the data on systems of yours while it runs there. It can become yours later: a transfer of ownership ends the operator's access.",
    },
    nextBy: "the operator",
    next: [
      { verb: "infra", command: "touchstone deploy infra plan", does: "shows what the operator would make in the cloud" },
      { verb: "infra", command: "touchstone deploy infra apply", does: "makes it" },
      PREFLIGHT,
      INSTALL,
    ],
  },
  customer: {
    title: "Customer-managed",
    summary:
      "One Helm chart installs one single-tenant instance into a Kubernetes of yours: any conformant one, in a cloud or in your building.",
    aspects: {
      runs: "Control plane, dataplanes and tasks in one namespace of your cluster; Postgres where you have it, or by the CloudNativePG operator.",
      operates: "You. Where you allow it, upgrades are pushed: through a ServiceAccount that you grant, and can take away.",
      sees: "People you let in, and who administers the cluster and the Postgres. Nothing is sent to anybody outside: no licence server, and telemetry only to a receiver that you name.",
      opens:
        "People and pipelines to the ingress over https; dataplanes to the datastores you list; pods to Postgres, DNS and the identity provider you name. Everything else is denied, in and out. Nodes pull images from a registry, or from your mirror.",
      staff: "People who run Kubernetes and Postgres already, and take upgrades when they come.",
      machines: `Yours: ${ROOM}. Postgres besides.`,
      impossible: "Somebody else's being called when it stands still. No pod makes machines: autoscaling of nodes is your cluster's.",
    },
    nextBy: "you",
    next: [PREFLIGHT, INSTALL],
  },
  process: {
    title: "One process on one machine",
    summary:
      "`touchstone start`: API, store, queue and dataplane in one process, for a start; it can grow into either model with its store.",
    aspects: {
      runs: "One process of Node on a laptop or a server. The store is the embedded one, or a Postgres that DATABASE_URL names.",
      operates: "You, as any other service of that machine.",
      sees: "Who has an account, and who administers the machine. Nothing is sent anywhere; failing rows go to your enrichment datastore.",
      opens:
        "One port for people, with a certificate of yours or behind a proxy; from the machine to the datastores. More dataplanes on other machines dial in over the same port.",
      staff: "Somebody who looks after a machine: backups (`touchstone db backup`), upgrades, a certificate.",
      machines: `A laptop for a look; for work, what one worker of size small has: ${worker.cpu} cores and ${worker.memory.replace("Gi", " GiB")}.`,
      impossible: "An upgrade that nobody notices, and a second replica where the store is the embedded one.",
    },
    nextBy: "you",
    next: [],
  },
};
