/**
 * What stands in for an ingress controller: a pod that ends TLS at port 443 of a node and asks a Service of the cluster, by a connection of
 * its own for each request, as long as the test. It is no controller: the Ingress that the chart makes is looked at by nobody.
 */
import type { JsonObject } from "../fields.ts";

export const NAMESPACE = "ingress-nginx";
export const CLASS = "nginx";
const LABELS = { app: "entrance" };
const PORT = 8443;
/** Of the node, and of the Service that has an address for the name. */
const HTTPS = 443;

const SCRIPT = `
const { request } = require("node:http");
const { createServer } = require("node:https");
const { readFileSync } = require("node:fs");
const of = (name) => readFileSync("/tls/" + name);
const server = createServer({ cert: of("tls.crt"), key: of("tls.key") }, (asked, answer) => {
  if (!asked.url.startsWith("/api")) return answer.writeHead(404).end();
  const headers = { ...asked.headers, "x-forwarded-for": asked.socket.remoteAddress, "x-forwarded-proto": "https" };
  const on = request({ host: process.env.BACKEND, port: 80, method: asked.method, path: asked.url, headers, agent: false }, (got) => {
    answer.writeHead(got.statusCode, got.headers);
    got.pipe(answer);
  });
  on.on("error", (error) => answer.headersSent ? answer.destroy() : answer.writeHead(502).end(String(error)));
  asked.pipe(on);
});
server.listen(${PORT});
process.on("SIGTERM", () => process.exit(0));
`;

export type Entrance = { image: string; node: string; address: string; backend: string; certificate: string; key: string };

/** Its objects, for a Service `NAME.NAMESPACE.svc`. `image` has Node. */
export const entranceOf = ({ image, node, address, backend, certificate, key }: Entrance): JsonObject[] => [
  { apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } },
  {
    apiVersion: "networking.k8s.io/v1",
    kind: "IngressClass",
    metadata: { name: CLASS },
    spec: { controller: "trial.touchstone.dev/entrance" },
  },
  {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "tls", namespace: NAMESPACE },
    type: "kubernetes.io/tls",
    stringData: { "tls.crt": certificate, "tls.key": key },
  },
  {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "entrance", namespace: NAMESPACE },
    spec: { clusterIP: address, selector: LABELS, ports: [{ port: HTTPS, targetPort: PORT }] },
  },
  {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "entrance", namespace: NAMESPACE, labels: LABELS },
    spec: {
      nodeName: node,
      automountServiceAccountToken: false,
      containers: [
        {
          name: "entrance",
          image,
          command: ["/usr/local/bin/node", "--eval", SCRIPT],
          env: [{ name: "BACKEND", value: backend }],
          ports: [{ containerPort: PORT, hostPort: HTTPS }],
          readinessProbe: { tcpSocket: { port: PORT }, periodSeconds: 1 },
          volumeMounts: [{ name: "tls", mountPath: "/tls", readOnly: true }],
        },
      ],
      volumes: [{ name: "tls", secret: { secretName: "tls", defaultMode: 0o444 } }],
    },
  },
];
