/** What a person does after an installation. Pure. */
import type { Deployment } from "../deployment/deployment.ts";
import type { Manifest } from "../kubernetes/manifest.ts";

const COMPONENT = "app.kubernetes.io/component";

export const nextSteps = ({ name, fqdn, store }: Deployment, namespace: string, rendered: readonly Manifest[]): string[] => {
  const api = rendered.find(({ kind, metadata }) => kind === "Deployment" && metadata.labels?.[COMPONENT] === "control-plane")?.metadata
    .name;
  if (api === undefined) return ["see how it is: touchstone deploy status"];
  const code =
    store === "demo"
      ? `kubectl -n ${namespace} logs deployment/${api} | grep 'Set-up code'`
      : `kubectl -n ${namespace} exec deployment/${api} -- touchstone db setup-code`;
  return [
    `a code for the first administrator: ${code}`,
    `with it: curl https://${fqdn}/api/setup -H 'content-type: application/json' -d '{"code":"…","email":"you@example.org","name":"You","password":"…"}'`,
    `see how ${name} is: touchstone deploy status`,
  ];
};
