/**
 * EKS for tests, as its API reference describes it (docs.aws.amazon.com/eks/latest/APIReference): it keeps what it is told and gives it
 * back, refuses what stands in each other's way, and is ready at once. No emulator that can be had knows access entries, add-ons and pod
 * identities. Like the true one it makes the security group of a cluster.
 */
import { randomUUID } from "node:crypto";

type Json = Readonly<Record<string, unknown>>;
export type Answer = { status: number; body: Json };
export type Asked = { method: string; path: string; query: URLSearchParams; body: Json };

export type EksOptions = {
  region: string;
  account: string;
  /** Where the API of the clusters is, and the certificate of who signed its own (PEM). */
  api: { endpoint: string; certificate: string };
  makeSecurityGroup: (cluster: string, subnets: readonly string[]) => Promise<string>;
  removeSecurityGroup: (id: string) => Promise<void>;
};

type Kept = { path: string; kind: Kind; object: Json };
type Kind = keyof typeof KINDS;

/** What is kept below a cluster: the name of its list in a path, of itself in an answer, and the word for it in an ARN. */
const KINDS = {
  "node-groups": { called: "nodegroup", arn: "nodegroup", name: "nodegroupName" },
  addons: { called: "addon", arn: "addon", name: "addonName" },
  "access-entries": { called: "accessEntry", arn: "access-entry", name: "principalArn" },
  "pod-identity-associations": { called: "association", arn: "podidentityassociation", name: "associationId" },
} as const;
const isKind = (text: string | undefined): text is Kind => text !== undefined && text in KINDS;

const refusal = (status: number, type: string, message: string): Answer => ({ status, body: { __type: type, message } });
const missing = (what: string): Answer => refusal(404, "ResourceNotFoundException", `No ${what} found`);
const inUse = (message: string): Answer => refusal(409, "ResourceInUseException", message);
const now = (): number => Math.floor(Date.now() / 1000);
const textOf = (value: unknown): string => (typeof value === "string" ? value : "");
const mapOf = (value: unknown): Json => Object.fromEntries(Object.entries(Object(value)));
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const without = (map: Json, keys: readonly unknown[]): Json =>
  Object.fromEntries(Object.entries(map).filter(([key]) => !keys.includes(key)));

/** What a version of a launch template or a label becomes by an update. */
const updated = (object: Json, body: Json): Json => {
  const { addOrUpdateLabels, removeLabels } = mapOf(body["labels"]);
  return {
    ...object,
    ...without(body, ["labels", "taints", "clientRequestToken", "force", "resolveConflicts"]),
    ...(body["scalingConfig"] === undefined
      ? {}
      : { scalingConfig: { ...mapOf(object["scalingConfig"]), ...mapOf(body["scalingConfig"]) } }),
    labels: without({ ...mapOf(object["labels"]), ...mapOf(addOrUpdateLabels) }, listOf(removeLabels)),
  };
};

/** "Minimum capacity 2 can't be greater than desired size 1" */
const wrongNumbers = (object: Json): string | null => {
  const { minSize, desiredSize, maxSize } = mapOf(object["scalingConfig"]);
  if (Number(minSize) > Number(desiredSize))
    return `Minimum capacity ${String(minSize)} can't be greater than desired size ${String(desiredSize)}`;
  return Number(desiredSize) > Number(maxSize)
    ? `Desired capacity ${String(desiredSize)} can't be greater than max size ${String(maxSize)}`
    : null;
};

/** Everything that is there. */
type Held = { options: EksOptions; clusters: Map<string, Json>; kept: Map<string, Kept> };

const arnOf = ({ options: { region, account } }: Held, rest: string): string => `arn:aws:eks:${region}:${account}:${rest}`;
const below = ({ kept }: Held, cluster: string): Kept[] => [...kept.values()].filter(({ path }) => path.startsWith(`${cluster}/`));
const good = (body: Json): Answer => ({ status: 200, body });
const update = (): Answer =>
  good({ update: { id: randomUUID(), status: "Successful", type: "ConfigUpdate", errors: [], params: [], createdAt: now() } });

const makeCluster = async (held: Held, { body }: Asked): Promise<Answer> => {
  const { clusters, options } = held;
  const name = textOf(body["name"]);
  if (clusters.has(name)) return inUse(`Cluster already exists with name: ${name}`);
  const vpc = mapOf(body["resourcesVpcConfig"]);
  const group = await options.makeSecurityGroup(name, listOf(vpc["subnetIds"]).map(textOf));
  const cluster = {
    ...without(body, ["clientRequestToken", "bootstrapSelfManagedAddons", "accessConfig"]),
    arn: arnOf(held, `cluster/${name}`),
    createdAt: now(),
    status: "ACTIVE",
    endpoint: options.api.endpoint,
    certificateAuthority: { data: Buffer.from(options.api.certificate).toString("base64") },
    accessConfig: without(mapOf(body["accessConfig"]), ["bootstrapClusterCreatorAdminPermissions"]),
    identity: { oidc: { issuer: `https://oidc.eks.${options.region}.amazonaws.com/id/${randomUUID()}` } },
    kubernetesNetworkConfig: { ipFamily: "ipv4", serviceIpv4Cidr: "172.20.0.0/16", elasticLoadBalancing: { enabled: false } },
    platformVersion: "eks.1",
    resourcesVpcConfig: {
      publicAccessCidrs: vpc["endpointPublicAccess"] === true ? ["0.0.0.0/0"] : [],
      securityGroupIds: [],
      ...vpc,
      clusterSecurityGroupId: group,
    },
    tags: mapOf(body["tags"]),
  };
  clusters.set(name, cluster);
  return good({ cluster });
};

const removeCluster = async (held: Held, name: string): Promise<Answer> => {
  const { clusters, kept, options } = held;
  const cluster = clusters.get(name);
  if (cluster === undefined) return missing(`cluster ${name}`);
  if (below(held, name).some(({ kind }) => kind === "node-groups")) return inUse("Cluster has nodegroups attached");
  for (const { path } of below(held, name)) kept.delete(path);
  clusters.delete(name);
  await options.removeSecurityGroup(textOf(mapOf(cluster["resourcesVpcConfig"])["clusterSecurityGroupId"]));
  return good({ cluster });
};

const changeCluster = ({ clusters }: Held, name: string, body: Json): Answer => {
  const cluster = clusters.get(name);
  if (cluster === undefined) return missing(`cluster ${name}`);
  const vpc = { ...mapOf(cluster["resourcesVpcConfig"]), ...mapOf(body["resourcesVpcConfig"]) };
  clusters.set(name, { ...cluster, ...without(body, ["clientRequestToken"]), resourcesVpcConfig: vpc });
  return update();
};

/** What EKS adds to what it is told of each kind. */
const addedTo = (held: Held, kind: Kind, cluster: string, id: string): Json => {
  switch (kind) {
    case "node-groups": {
      const version = held.clusters.get(cluster)?.["version"];
      return { health: { issues: [] }, resources: { autoScalingGroups: [{ name: `eks-${id}` }] }, version, releaseVersion: "1.0.0" };
    }
    case "addons":
      return { addonVersion: "v1.0.0-eksbuild.1", health: { issues: [] } };
    case "access-entries":
      return { type: "STANDARD", kubernetesGroups: [], username: id, policies: [] };
    case "pod-identity-associations":
      return { associationArn: arnOf(held, `podidentityassociation/${cluster}/${id}`) };
  }
};

const make = (held: Held, cluster: string, kind: Kind, body: Json): Answer => {
  if (!held.clusters.has(cluster)) return missing(`cluster ${cluster}`);
  const { called, arn, name } = KINDS[kind];
  const id = kind === "pod-identity-associations" ? `a-${randomUUID().slice(0, 17)}` : textOf(body[name]);
  const path = `${cluster}/${kind}/${id}`;
  if (held.kept.has(path)) return inUse(`${id} already exists`);
  const object = {
    ...addedTo(held, kind, cluster, id),
    tags: {},
    ...without(body, ["clientRequestToken", "resolveConflicts"]),
    [name]: id,
    clusterName: cluster,
    status: "ACTIVE",
    createdAt: now(),
    modifiedAt: now(),
    [`${called}Arn`]: arnOf(held, `${arn}/${cluster}/${id}`),
  };
  held.kept.set(path, { path, kind, object });
  return good({ [called]: object });
};

/** Names, as node groups are listed. */
const listed = (held: Held, cluster: string, kind: Kind): Answer =>
  good({
    [`${KINDS[kind].called}s`]: below(held, cluster).flatMap(({ kind: of, object }) => (of === kind ? [object[KINDS[kind].name]] : [])),
  });

const changed = ({ kept }: Held, found: Kept, body: Json): Answer => {
  const object = updated(found.object, body);
  const wrong = wrongNumbers(object);
  if (wrong !== null) return refusal(400, "InvalidParameterException", wrong);
  kept.set(found.path, { ...found, object });
  return update();
};

/** Policies of an access entry. */
const policies = ({ kept }: Held, found: Kept, policyArn: string | undefined, { method, body }: Asked): Answer => {
  const { clusterName, principalArn, policies: before } = found.object;
  const said = { clusterName, principalArn };
  if (method === "GET") return good({ ...said, associatedAccessPolicies: listOf(before) });
  const others = listOf(before).filter((policy) => mapOf(policy)["policyArn"] !== (policyArn ?? body["policyArn"]));
  const policy = { ...body, associatedAt: now(), modifiedAt: now() };
  kept.set(found.path, { ...found, object: { ...found.object, policies: method === "POST" ? [...others, policy] : others } });
  return good(method === "POST" ? { ...said, associatedAccessPolicy: policy } : {});
};

/** Tags of anything, by its ARN. */
const tags = ({ clusters, kept }: Held, arn: string, { method, body, query }: Asked): Answer => {
  const tagged = (object: Json): Json => {
    const before = mapOf(object["tags"]);
    return { ...object, tags: method === "POST" ? { ...before, ...mapOf(body["tags"]) } : without(before, query.getAll("tagKeys")) };
  };
  for (const [name, cluster] of clusters) if (cluster["arn"] === arn) clusters.set(name, tagged(cluster));
  for (const [path, one] of kept) if (Object.values(one.object).includes(arn)) kept.set(path, { ...one, object: tagged(one.object) });
  return good({});
};

const ofCluster = (held: Held, name: string, { method }: Asked): Answer | Promise<Answer> => {
  const cluster = held.clusters.get(name);
  if (method === "DELETE") return removeCluster(held, name);
  return cluster === undefined ? missing(`cluster ${name}`) : good({ cluster });
};

const belowCluster = (held: Held, [, cluster = "", kind, id, action, more]: readonly string[], asked: Asked): Answer => {
  const { method, body } = asked;
  if (kind === "update-config") return changeCluster(held, cluster, body);
  if (kind === "updates") return update();
  if (!isKind(kind)) return refusal(404, "NotFoundException", `${String(kind)} is not served`);
  if (id === undefined) return method === "GET" ? listed(held, cluster, kind) : make(held, cluster, kind, body);
  const found = held.kept.get(`${cluster}/${kind}/${id}`);
  if (found === undefined) return missing(`${KINDS[kind].called} ${id}`);
  if (action === "access-policies") return policies(held, found, more, asked);
  if (method === "POST") return changed(held, found, body);
  if (method === "DELETE") held.kept.delete(found.path);
  return good({ [KINDS[kind].called]: found.object });
};

export type Eks = { answer: (asked: Asked) => Promise<Answer> };

export const openEks = (options: EksOptions): Eks => {
  const held: Held = { options, clusters: new Map(), kept: new Map() };
  return {
    answer: async (asked) => {
      const parts = asked.path.split("/").slice(1).map(decodeURIComponent);
      if (parts[0] === "tags") return tags(held, parts.slice(1).join("/"), asked);
      if (parts.length === 1) return asked.method === "GET" ? good({ clusters: [...held.clusters.keys()] }) : makeCluster(held, asked);
      return parts.length === 2 ? ofCluster(held, parts[1] ?? "", asked) : belowCluster(held, parts, asked);
    },
  };
};
