/** Kubeconfigs of trial clusters. */
import { writeFile } from "node:fs/promises";
import { stringify } from "yaml";
import { CERTIFICATE } from "./tls.ts";

/** Writes one for a server, whose certificate this authority has signed, and who has this token, or for nobody in particular. Its path. */
export const writeKubeconfig = async (server: string, file: string, token: string | null, signedBy = CERTIFICATE): Promise<string> => {
  const authority = { "certificate-authority-data": Buffer.from(signedBy).toString("base64") };
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "trial", cluster: { server, ...(server.startsWith("https:") ? authority : {}) } }],
    users: [{ name: "trial", user: token === null ? {} : { token } }],
    contexts: [{ name: "trial", context: { cluster: "trial", user: "trial" } }],
    "current-context": "trial",
  };
  await writeFile(file, stringify(config), { mode: 0o600 });
  return file;
};
