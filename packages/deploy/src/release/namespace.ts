/** The namespace of a deployment, under the restricted Pod Security Standard. */
import type { Site } from "./site.ts";

const ENFORCE = "pod-security.kubernetes.io/enforce";
const LEVEL = "restricted";

/** Makes it where it is missing. What an existing one allows is its owner's to say: it is told, not changed. */
export const ensureNamespace = async ({ kubectl, tell }: Site): Promise<void> => {
  const { namespace } = kubectl.access;
  const found = await kubectl.get("namespace", namespace);
  if (found !== null) {
    const level = found.metadata.labels?.[ENFORCE];
    if (level !== LEVEL)
      tell(
        `namespace ${namespace} does not enforce the restricted Pod Security Standard: kubectl label namespace ${namespace} ${ENFORCE}=${LEVEL}`,
      );
    return;
  }
  await kubectl.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace, labels: { [ENFORCE]: LEVEL } } });
  tell(`made namespace ${namespace}, which takes only pods of the restricted Pod Security Standard`);
};
