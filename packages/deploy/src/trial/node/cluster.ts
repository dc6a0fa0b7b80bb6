/**
 * A cluster of Kubernetes with nodes, of real parts on this one machine: pods run, probes ask, packets are filtered, volumes are mounted, images
 * are pulled. Everything is in namespaces that nobody else sees and that are gone with the test (`sandbox.ts`).
 */
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nodePathOf, PAUSE } from "../../tools/node.ts";
import { metadataOf, textIn } from "../objects.ts";
import type { JsonObject } from "../fields.ts";
import type { Api } from "../real/api.ts";
import { addressesOf, type Addresses } from "./addresses.ts";
import { startControl } from "./control.ts";
import { namesOf } from "./names.ts";
import { startNode } from "./node.ts";
import { startOutside } from "./outside.ts";
import { startPostgres, type Postgres } from "./postgres.ts";
import { startImages, type Images } from "./registry.ts";
import { makeSandbox, sandboxName, sweepGroups, type Sandbox } from "./sandbox.ts";
import { runStorage } from "./storage.ts";
import { wireNodes, wireRack } from "./wires.ts";

const FOLDERS = "touchstone-nodes-";
const NODES = ["node-a", "node-b"];
/** Where objects of a kind are made. */
const ROOTS: Readonly<Record<string, string>> = {
  Namespace: "/api/v1/namespaces",
  ServiceAccount: "/api/v1/namespaces/NAMESPACE/serviceaccounts",
  ConfigMap: "/api/v1/namespaces/NAMESPACE/configmaps",
  Secret: "/api/v1/namespaces/NAMESPACE/secrets",
  Service: "/api/v1/namespaces/NAMESPACE/services",
  IngressClass: "/apis/networking.k8s.io/v1/ingressclasses",
  Pod: "/api/v1/namespaces/NAMESPACE/pods",
  Deployment: "/apis/apps/v1/namespaces/NAMESPACE/deployments",
  ClusterRole: "/apis/rbac.authorization.k8s.io/v1/clusterroles",
  ClusterRoleBinding: "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
};

export type NodeCluster = {
  api: Api;
  kubeconfig: string;
  addresses: Addresses;
  images: Images;
  postgres: Postgres;
  rack: Sandbox;
  nodes: readonly Sandbox[];
  /** Makes an object. */
  make: (object: JsonObject) => Promise<JsonObject>;
  close: () => Promise<void>;
};

const makeIn =
  (api: Api) =>
  (object: JsonObject): Promise<JsonObject> => {
    const root = ROOTS[textIn(object, "kind") ?? ""];
    if (root === undefined) throw new Error(`where is ${JSON.stringify(object["kind"])} made?`);
    return api.good("POST", root.replace("NAMESPACE", textIn(metadataOf(object), "namespace") ?? "default"), object);
  };

export type NodeOptions = {
  /** Where the registry keeps its images; a folder of the test's own where nothing is said. */
  registry?: string;
  /** Names that pods find besides those of services, by address. */
  names?: Readonly<Record<string, string>>;
};

/** Takes away what tests have left that were killed. */
const sweep = async (): Promise<void> => {
  await sweepGroups();
  for (const name of (await readdir(tmpdir())).filter((one) => one.startsWith(FOLDERS)))
    if (!existsSync(`/proc/${name.slice(FOLDERS.length).split("-")[0] ?? ""}`))
      await rm(join(tmpdir(), name), { recursive: true, force: true });
};

/** Starts one. Throws where something of it does not start, and leaves nothing behind. */
export const startNodeCluster = async (options: NodeOptions = {}): Promise<NodeCluster> => {
  await sweep();
  const folder = await mkdtemp(join(tmpdir(), `${FOLDERS}${process.pid}-`));
  const closing: (() => unknown)[] = [() => rm(folder, { recursive: true, force: true, maxRetries: 5 })];
  const close = async (): Promise<void> => {
    for (const one of closing.toReversed()) await one();
  };
  const machine = async (name: string): Promise<Sandbox> => {
    const made = await makeSandbox(sandboxName(name), folder);
    closing.push(made.close);
    return made;
  };
  try {
    const addresses = addressesOf(process.pid);
    const rack = await machine("rack");
    await wireRack(rack, addresses, `tsr${process.pid}`);
    const images = await startImages(rack, addresses.rack, options.registry);
    const pause = await images.ofProgram(PAUSE, 65_535);
    const control = await startControl(rack, addresses, NODES);
    closing.push(control.api.close);
    const nodes = await Promise.all(NODES.map(machine));
    await wireNodes(rack, nodes, addresses);
    for (const [index, name] of NODES.entries()) {
      const node = nodes[index];
      if (node === undefined) continue;
      await startNode(node, { name, index, addresses, registry: images.address, pause }, control);
    }
    await runStorage(control.api, (node) => join(nodes[NODES.indexOf(node)]?.folder ?? folder, "volumes"));
    const make = makeIn(control.api);
    const coredns = await images.ofProgram(nodePathOf("coredns"), 0);
    for (const object of namesOf(`${images.address}/${coredns}`, "node-a", options.names ?? {})) await make(object);
    const postgres = await startPostgres(rack, addresses);
    startOutside(rack, addresses);
    return { api: control.api, kubeconfig: control.kubeconfig, addresses, images, postgres, rack, nodes, make, close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
};
