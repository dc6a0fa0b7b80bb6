/** Which Pod Security Standard the namespace enforces: the chart's pods pass the strictest. */
import { note, ok, type Finding } from "@touchstone/core/model/finding";
import type { Manifest } from "../kubernetes/manifest.ts";
import type { Check } from "./check.ts";

const ID = "pod-security";
const ENFORCE = "pod-security.kubernetes.io/enforce";

export const judgeNamespace = (namespace: Manifest | null, name: string): Finding => {
  const command = `kubectl label namespace ${name} --overwrite ${ENFORCE}=restricted`;
  if (namespace === null)
    return note(ID, `there is no namespace ${name} yet`, "one that enforces restricted", `kubectl create namespace ${name} && ${command}`);
  const level = namespace.metadata.labels?.[ENFORCE];
  return level === "restricted"
    ? ok(ID, `${name} enforces restricted`)
    : note(
        ID,
        `${name} enforces ${level ?? "nothing"}`,
        "restricted: all pods of the chart pass it, and what else comes here has to",
        command,
      );
};

export const podSecurity: Check = {
  id: ID,
  looks: `the label ${ENFORCE} of the namespace`,
  needs: "restricted; anything less is a note",
  look: async ({ namespace, site: { kubectl } }) => [judgeNamespace(await namespace(), kubectl.access.namespace)],
};
