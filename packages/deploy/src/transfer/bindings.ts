/** The operator's ways into a cluster, read from it, and taken out of it. */
import { userError } from "@touchstone/core/errors";
import type { Kubectl } from "../cluster/kubectl.ts";
import { PERMIT_NAME, UPDATER_COMPONENT } from "../updater/permit.ts";
import { accessesOf, withoutOperator, type Operator } from "./access.ts";
import type { Access } from "./document.ts";
import { pushedWays } from "./pushed-ways.ts";

const SERVICE_ACCOUNT_TOKENS = "type=kubernetes.io/service-account-token";

/** What binds the whole cluster; null for who rules only a namespace, and may not read it. */
export const clusterBindings = async (kubectl: Kubectl) => {
  const ended = await kubectl.run(["get", "clusterrolebindings.rbac.authorization.k8s.io", "-o", "name"]);
  return ended.status === 0 ? kubectl.list("clusterrolebindings.rbac.authorization.k8s.io", { namespace: null }) : null;
};

export type ClusterWays = { accesses: Access[]; sawCluster: boolean };

export const clusterWays = async (kubectl: Kubectl, operator: Operator): Promise<ClusterWays> => {
  const { namespace } = kubectl.access;
  const bindings = await kubectl.list("rolebindings.rbac.authorization.k8s.io");
  const ended = await kubectl.run(["get", "secrets", "--field-selector", SERVICE_ACCOUNT_TOKENS, "-o", "name"]);
  const names = ended.status === 0 ? ended.stdout.split("\n").filter((line) => line !== "") : [];
  const tokens = (await Promise.all(names.map((name) => kubectl.get("secret", name.replace(/^secret\//, ""))))).filter(
    (one) => one !== null,
  );
  const wide = await clusterBindings(kubectl);
  const permit = await kubectl.get("configmap", PERMIT_NAME);
  const updaters = await kubectl.list("cronjobs.batch", { selector: `app.kubernetes.io/component=${UPDATER_COMPONENT}` });
  return {
    accesses: [...accessesOf([...bindings, ...tokens, ...(wide ?? [])], namespace, operator), ...pushedWays(permit, updaters, operator)],
    sawCluster: wide !== null,
  };
};

/** Takes the operator's subjects out of every binding, and its accounts' tokens away. Answers the names of what was changed. */
export const dropBindings = async (kubectl: Kubectl, operator: Operator): Promise<string[]> => {
  const { namespace } = kubectl.access;
  const changed: string[] = [];
  const wide = await clusterBindings(kubectl);
  for (const binding of [...(await kubectl.list("rolebindings.rbac.authorization.k8s.io")), ...(wide ?? [])]) {
    const next = withoutOperator(binding, namespace, operator);
    if (next === binding) continue;
    const kind = binding.kind === "RoleBinding" ? "rolebinding" : "clusterrolebinding";
    if (next === null) await kubectl.remove(kind, binding.metadata.name);
    else if (!(await kubectl.replace(next)))
      throw userError(
        "TOOL_FAILED",
        "kubectl",
        `change ${kind} ${binding.metadata.name}`,
        "somebody else has changed it at the same moment",
      );
    changed.push(`${binding.kind} ${binding.metadata.name}`);
  }
  for (const { name, operators, kind } of (await clusterWays(kubectl, operator)).accesses)
    if (kind === "service account token" && operators) {
      await kubectl.remove("secret", name);
      changed.push(`Secret ${name}`);
    }
  return changed;
};
