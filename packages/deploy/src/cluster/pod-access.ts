/**
 * How a pod reaches the API of its own cluster, as a kubeconfig. kubectl finds that by itself only when it is given no time limit
 * (client-go takes any option for a configuration of its own, and then asks localhost:8080), and ours always has one.
 */
import { existsSync } from "node:fs";
import { stringify } from "yaml";

/** Where a kubelet puts what a ServiceAccount is known by. The token is named, not copied: it is renewed there. */
const FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount";

/** The text of the kubeconfig; null outside of a pod, and in one that has no token. */
export const podKubeconfig = (env: NodeJS.ProcessEnv, isThere: (path: string) => boolean = existsSync): string | null => {
  const [host, port] = [env["KUBERNETES_SERVICE_HOST"], env["KUBERNETES_SERVICE_PORT"]];
  if (host === undefined || port === undefined || !isThere(`${FOLDER}/token`)) return null;
  const server = `https://${host.includes(":") ? `[${host}]` : host}:${port}`;
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "pod", cluster: { server, "certificate-authority": `${FOLDER}/ca.crt` } }],
    users: [{ name: "pod", user: { tokenFile: `${FOLDER}/token` } }],
    contexts: [{ name: "pod", context: { cluster: "pod", user: "pod" } }],
    "current-context": "pod",
  });
};
