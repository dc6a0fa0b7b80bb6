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
  TOOL_FAILED: error((tool: string, doing: string, reason: string) => ({
    what: `${tool} could not ${doing}`,
    why: reason,
    todo: "correct the cause and run the same command again: it goes on from where it stopped",
  })),
  CLUSTER_UNREACHABLE: error((context: string, reason: string) => ({
    what: `The cluster of context ${context} does not answer`,
    why: reason,
    todo: "check the context (kubectl config get-contexts), the login to the cluster and the network",
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
};
