/** Sees to it that the Secrets a deployment names are there, and makes those that can be made where it was asked to. Values go to kubectl by its standard input and nowhere else. */
import { userError } from "@touchstone/core/errors";
import {
  commandsFor,
  isMakeable,
  missingKeys,
  missingText,
  neededSecrets,
  readSecrets,
  withMade,
  type NeededKey,
} from "./needed-secrets.ts";
import type { Site } from "./site.ts";

const isKey = ({ content }: NeededKey): boolean => content === "sealing-keys" || content === "signing-key";

/** Throws DEPLOY_SECRETS_MISSING for what is not there and was not, or could not be, made. */
export const ensureSecrets = async ({ kubectl, deployment, tell }: Site, makes: boolean): Promise<void> => {
  const { namespace } = kubectl.access;
  const needed = neededSecrets(deployment);
  const there = await readSecrets(kubectl, needed);
  const missing = missingKeys(needed, there);
  const [makeable, others] = [missing.filter((one) => makes && isMakeable(one)), missing.filter((one) => !makes || !isMakeable(one))];
  // All or nothing: keys are not made for an installation that will not come to be.
  if (others.length > 0)
    throw userError(
      "DEPLOY_SECRETS_MISSING",
      namespace,
      missingText(others),
      commandsFor(namespace, others, there),
      !makes && others.some(isMakeable),
    );
  for (const [secret, keys] of Map.groupBy(makeable, (one) => one.secret)) {
    const before = there.get(secret) ?? null;
    const made = withMade(namespace, secret, before, keys);
    if (!(await (before === null ? kubectl.create(made) : kubectl.replace(made))))
      throw userError("TOOL_FAILED", "kubectl", `make Secret ${secret}`, "somebody else changed it at the same moment");
    tell(`made Secret ${secret}, ${keys.map(({ key }) => key).join(" and ")}`);
    if (keys.some(isKey))
      tell(
        `  keep a copy apart from the backups, for without it sealed secrets stay sealed: kubectl -n ${namespace} get secret ${secret} -o yaml > ${secret}.yaml`,
      );
  }
};
