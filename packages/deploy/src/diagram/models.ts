/** The two models as pictures. What runs in the namespace is the same in both; whose the walls around it are is not. */
import type { Arrow, Box, Group, Picture } from "./picture.ts";

const API_PORT = 8420;
const STORE_PORT = 5432;
const DNS_PORT = 53;
const HTTPS_PORT = 443;

const LAST_ROW = 4;

type Owner = { deployer: string; store: string; ways: { read: string; write: string } };

const boxes = ({ deployer, store }: Owner): Box[] => [
  { id: "people", title: "People, CI", column: 0, rows: [0, 0], tone: "people", parties: [] },
  { id: "deployer", title: deployer, column: 0, rows: [4, 4], tone: "people", parties: [] },
  { id: "ingress", title: "Ingress", note: "TLS", column: 1, rows: [0, 0], tone: "around", parties: ["ingress"] },
  { id: "monitoring", title: "Prometheus", note: "if you like", column: 1, rows: [1, 1], tone: "around", parties: ["monitoring"] },
  { id: "api", title: "Control plane", note: "API, queue, schedules", column: 2, rows: [0, 1], tone: "ours", parties: ["control-plane"] },
  {
    id: "tasks",
    title: "Tasks",
    note: "migrate, back up, check",
    column: 2,
    rows: [2, 2],
    tone: "ours",
    isBesideLane: true,
    parties: ["migration", "backup", "check"],
  },
  { id: "dataplanes", title: "Dataplanes", note: "rows pass, none stay", column: 2, rows: [3, 4], tone: "ours", parties: ["dataplane"] },
  { id: "store", title: "Postgres", note: store, column: 3, rows: [1, 2], tone: "data", parties: ["store"] },
  { id: "identity", title: "Identity provider", column: 4, rows: [0, 0], tone: "around", parties: ["identity-provider"] },
  { id: "datastores", title: "Datastores", column: 4, rows: [3, 3], tone: "data", parties: ["datastore"] },
  { id: "enrichment", title: "Enrichment", note: "failing rows", column: 4, rows: [4, 4], tone: "data", parties: ["datastore"] },
];

const arrows = ({ ways }: Owner): Arrow[] => [
  { from: "people", to: "ingress", label: "https", along: { row: 0 }, connections: [] },
  { from: "ingress", to: "api", label: "http", along: { row: 0 }, connections: [{ from: "ingress", to: "control-plane", port: API_PORT }] },
  {
    from: "monitoring",
    to: "api",
    label: "metrics",
    along: { row: 1 },
    connections: [{ from: "monitoring", to: "control-plane", port: API_PORT }],
  },
  {
    from: "api",
    to: "identity",
    label: "OpenID Connect, if listed",
    along: { row: 0 },
    isDashed: true,
    connections: [{ from: "control-plane", to: "identity-provider", port: HTTPS_PORT }],
  },
  { from: "api", to: "store", label: "SQL", along: { row: 1 }, connections: [{ from: "control-plane", to: "store", port: STORE_PORT }] },
  {
    from: "tasks",
    to: "store",
    label: "SQL",
    along: { row: 2 },
    connections: (["migration", "backup", "check"] as const).map((from) => ({ from, to: "store", port: STORE_PORT })),
  },
  {
    from: "tasks",
    to: "api",
    label: "check",
    along: { lane: "box" },
    connections: [{ from: "check", to: "control-plane", port: API_PORT }],
  },
  {
    from: "dataplanes",
    to: "api",
    label: "get work",
    along: { lane: "free" },
    connections: [{ from: "dataplane", to: "control-plane", port: API_PORT }],
  },
  {
    from: "dataplanes",
    to: "datastores",
    label: ways.read,
    along: { row: 3 },
    connections: [{ from: "dataplane", to: "datastore", port: STORE_PORT }],
  },
  {
    from: "dataplanes",
    to: "enrichment",
    label: ways.write,
    along: { row: 4 },
    connections: [{ from: "dataplane", to: "datastore", port: STORE_PORT }],
  },
  { from: "deployer", to: "namespace", label: "touchstone deploy", along: { row: 4 }, isDashed: true, connections: [] },
];

const picture = (title: string, owner: Owner, walls: readonly Group[]): Picture => ({
  title,
  boxes: boxes(owner),
  groups: [...walls, { id: "namespace", title: "Namespace", columns: [2, 2], rows: [0, LAST_ROW], depth: 2, levels: 1 }],
  arrows: arrows(owner),
  footnote:
    "Every pod may also ask the cluster's DNS; the check comes by the ingress as people do, and asks the identity provider. All else is denied.",
  footnoted: [
    { from: "every pod", to: "dns", port: DNS_PORT },
    // The ports of an ingress controller's pods are its own affair: its Service is at 443.
    { from: "check", to: "ingress", port: "any" },
    { from: "check", to: "identity-provider", port: HTTPS_PORT },
  ],
});

export const PICTURES: Readonly<Record<"platform" | "customer", Picture>> = {
  platform: picture(
    "Platform: an operator runs it, in a VPC for one customer",
    {
      deployer: "Operator",
      store: "managed",
      ways: { read: "READ: endpoint, transit, VPN", write: "WRITE" },
    },
    [
      {
        id: "account",
        title: "Operator's cloud: a VPC for this customer alone",
        columns: [1, 3],
        rows: [0, LAST_ROW],
        depth: 0,
        levels: 3,
      },
      { id: "cluster", title: "Kubernetes", columns: [1, 2], rows: [0, LAST_ROW], depth: 1, levels: 2 },
      { id: "networks", title: "Your networks", columns: [4, 4], rows: [0, LAST_ROW], depth: 0, levels: 3 },
    ],
  ),
  customer: picture(
    "Customer-managed: one chart in a Kubernetes of yours",
    {
      deployer: "You",
      store: "yours",
      ways: { read: "READ", write: "WRITE" },
    },
    [
      { id: "networks", title: "Your networks: a cloud, or your building", columns: [1, 4], rows: [0, LAST_ROW], depth: 0, levels: 3 },
      { id: "cluster", title: "Kubernetes", columns: [1, 2], rows: [0, LAST_ROW], depth: 1, levels: 2 },
    ],
  ),
};
