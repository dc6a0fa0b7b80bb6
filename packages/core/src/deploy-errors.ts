/** What can go wrong while an installation is deployed: its description, its tools, its cluster. A part of `errors.ts`. */
import { error } from "./error-text.ts";

export const DEPLOY_ERRORS = {
  DEPLOYMENT_INVALID: error((file: string, place: string, reason: string) => ({
    what: `${file} does not describe a deployment`,
    why: `${place}: ${reason}`,
    todo: "touchstone deploy schema prints what may stand there; touchstone deploy init writes a file to begin with",
  })),
  TOOL_MISSING: error((tool: string, needs: string) => ({
    what: `${tool} is not there`,
    why: `no ${tool} is on the PATH, and ${tool.toUpperCase()} names none`,
    todo: `install ${tool} (${needs}), or say where it is: ${tool.toUpperCase()}=/path/to/${tool}`,
  })),
  TOOL_OLD: error((tool: string, found: string, needs: string) => ({
    what: `This ${tool} is too old`,
    why: `it is version ${found}, and ${needs} is needed`,
    todo: `install a newer ${tool}, or say where there is one: ${tool.toUpperCase()}=/path/to/${tool}`,
  })),
  TOOL_FAILED: error((tool: string, doing: string, reason: string) => ({
    what: `${tool} could not ${doing}`,
    why: reason,
    todo: "correct the cause and run the same command again: it goes on from where it stopped",
  })),
  CLUSTER_UNREACHABLE: error((context: string, reason: string) => ({
    what: `The cluster of context ${context} does not answer`,
    why: reason,
    todo: "check the context (kubectl config get-contexts), the login to the cluster (one that has expired is refused: log in again) and the network",
  })),
  CLUSTER_FORBIDDEN: error((doing: string, reason: string) => ({
    what: `You may not ${doing} in this cluster`,
    why: reason,
    todo: "ask who administers it for the right, or log in as who has it; touchstone deploy preflight --only rights names all that an installation needs",
  })),
  ANSWERS_MISSING: error((command: string, flags: string) => ({
    what: "Not every question has an answer",
    why: `nobody can be asked here, and these are not given: ${flags}`,
    todo: `give them (${command} --help says what each takes), or run it on a terminal`,
  })),
  ADVICE_INVALID: error((file: string, reason: string) => ({
    what: `${file} is not advice`,
    why: reason,
    todo: "touchstone deploy advise --json -o advice.json writes it",
  })),
  ADVICE_WITHOUT_DEPLOYMENT: error((model: string) => ({
    what: "There is nothing to describe",
    why: `the advice is ${model}, which needs no deployment.yaml`,
    todo: "start it: touchstone start; or say --model customer or --model platform all the same",
  })),
  DEPLOYMENT_EXISTS: error((file: string) => ({
    what: `${file} is there already`,
    why: "what somebody wrote is not written over",
    todo: "name another with --file, or say --force to replace it",
  })),
  NAMESPACE_MISSING: error((namespace: string) => ({
    what: `There is no namespace ${namespace} yet`,
    why: "pods that look from inside need one",
    todo: `kubectl create namespace ${namespace}, and run this again`,
  })),
  DEPLOY_LOCKED: error((namespace: string, holder: string, until: string) => ({
    what: `Somebody else changes the deployment in ${namespace}`,
    why: `${holder} holds its lock until ${until}`,
    todo: "wait for the end of it; the lock of a process that was killed ends by itself",
  })),
  IMAGE_MISSING: error((reference: string) => ({
    what: "An image of the release is not where it should be",
    why: `${reference} is not there`,
    todo: "say --source with the registry it is in, or build it: node packages/deploy/src/images/build.ts",
  })),
  IMAGE_DIFFERS: error((reference: string, expected: string, got: string) => ({
    what: `${reference} is another image than it should be`,
    why: `its digest is ${got}, and ${expected} is expected`,
    todo: "find out who has changed it before anything is installed from there; release.digests in deployment.yaml says what is expected",
  })),
  MIRROR_ARCHIVE_INVALID: error((file: string, reason: string) => ({
    what: `${file} is not an archive of touchstone deploy mirror`,
    why: reason,
    todo: "write it again with touchstone deploy mirror --archive, and carry it over unchanged",
  })),
  DEPLOY_LOCK_LOST: error((doing: string) => ({
    what: `The ${doing} was stopped: its lock was lost`,
    why: "the cluster did not answer for half a minute, or somebody took the lock",
    todo: "touchstone deploy status says how it is; the same command again puts right what is half done",
  })),
  DEPLOY_INTERRUPTED: error((doing: string, standing: string) => ({
    what: `The ${doing} was stopped`,
    why: `it was asked to stop; ${standing}`,
    todo: "the same command again goes on; touchstone deploy rollback returns to the last revision that ran well",
  })),
  DEPLOY_NOT_RECOVERED: error((doing: string, before: string, reason: string) => ({
    what: `What a killed command left behind could not be put right: helm could not ${doing}`,
    why: `${before}; now: ${reason}`,
    todo: "correct the cause and run the same command again",
  })),
  DEPLOY_SECRETS_MISSING: error((namespace: string, missing: string, commands: string[], canMake: boolean) => ({
    what: `Secrets that the deployment names are missing in ${namespace}`,
    why: missing,
    todo: [...(canMake ? ["--create-secrets makes the keys and the tokens of dataplanes; otherwise:"] : ["make them:"]), ...commands].join(
      "\n       ",
    ),
  })),
  DEPLOY_PREFLIGHT: error((problems: number, told: string) => ({
    what: `The cluster is not ready for it: ${problems} problem${problems === 1 ? "" : "s"}`,
    why: told,
    todo: "touchstone deploy preflight says what to do about each; --skip-preflight goes on regardless",
  })),
  DEPLOY_NOT_INSTALLED: error((name: string, namespace: string) => ({
    what: `${name} is not installed in ${namespace}`,
    why: "no release of that name ever ran there",
    todo: "touchstone deploy install; is it the right cluster and namespace?",
  })),
  DEPLOY_OLDER: error((name: string, running: string, given: string) => ({
    what: `${name} runs a newer version than it would get`,
    why: `version ${running} of the chart runs, and this is ${given}: an older touchstone, or an older deployment.yaml`,
    todo: "use a touchstone of that version, and name it in deployment.yaml where it names one; touchstone deploy rollback returns to what ran before; --older goes on regardless",
  })),
  DEPLOY_INSTALLED_OTHERWISE: error((name: string, reason: string) => ({
    what: `${name} is installed already, and not as the deployment describes it`,
    why: reason,
    todo: "touchstone deploy diff shows what differs; touchstone deploy upgrade makes it so",
  })),
  DEPLOY_FIELDS_TAKEN: error((told: string) => ({
    what: "Somebody else owns fields that would be set",
    why: told,
    todo: "say in deployment.yaml what they say, or take the fields with --take-fields",
  })),
  DEPLOY_FAILED: error((name: string, done: string, reason: string) => ({
    what: `${name} could not be ${done}`,
    why: reason,
    todo: "correct the cause and run the same command again: it goes on from where it stopped. touchstone deploy status shows how it is",
  })),
  DEPLOY_TEST_FAILED: error((name: string, reason: string) => ({
    what: `${name} is there, and its own check fails`,
    why: reason,
    todo: "touchstone deploy verify says more; helm test --logs shows what the check said",
  })),
  DEPLOY_ROLLED_BACK: error((name: string, revision: number, reason: string) => ({
    what: `The upgrade of ${name} failed and was rolled back: revision ${revision} runs again`,
    why: reason,
    todo: "correct the cause and upgrade again; the store keeps what the migration added, which the version before can live with",
  })),
  DEPLOY_ROLLBACK_FAILED: error((name: string, reason: string, then: string) => ({
    what: `The upgrade of ${name} failed, and so did the way back`,
    why: `${reason}; on the way back: ${then}`,
    todo: "touchstone deploy status shows how it is; touchstone deploy rollback tries the way back again",
  })),
  DEPLOY_NOT_REVERSIBLE: error((name: string, chart: string, reason: string, namespace: string) => ({
    what: `${name} is not rolled back: what ${chart} made of the store cannot be read by the version before`,
    why: reason,
    todo: [
      "correct the cause and upgrade again; or return to the backup:",
      `1. kubectl -n ${namespace} scale deployment --selector app.kubernetes.io/instance=${name} --replicas=0`,
      "2. point the store's Secret at a new, empty database",
      `3. helm -n ${namespace} rollback ${name}`,
      "4. restore the backup into it, as docs/deployment.md says",
    ].join("\n       "),
  })),
  DEPLOY_NO_REVISION: error((name: string, revision: number | null, known: string) => ({
    what: revision === null ? `There is nothing to roll ${name} back to` : `${name} has no revision ${revision}`,
    why: `its revisions are: ${known}`,
    todo: "name one of these with --revision; helm keeps the last twenty",
  })),
  DEPLOY_BACKUP_FAILED: error((job: string, reason: string) => ({
    what: "The backup before the upgrade could not be made; nothing was changed",
    why: `job ${job}: ${reason}`,
    todo: "correct the cause, or upgrade without --backup",
  })),
};
