/** What can go wrong while a deployment changes its owner. A part of `errors.ts`. */
import { error } from "./error-text.ts";

export const TRANSFER_ERRORS = {
  STATE_UNUSABLE: error((file: string, reason: string) => ({
    what: `${file} is no state of Terraform that can be read`,
    why: reason,
    todo: "write it with `terraform state pull > FILE` in the folder of the template",
  })),
  TRANSFER_NOT_POSSIBLE: error((deployment: string, reason: string, todo: string) => ({
    what: `${deployment} cannot be transferred like this`,
    why: reason,
    todo,
  })),
  UNPACKED_OTHERWISE: error((files: string) => ({
    what: "What would be written is there already, and says something else",
    why: `somebody has changed it since, or it is of another transfer: ${files}`,
    todo: "name another folder with --output, or say --force to replace it",
  })),
  TRANSFER_OF_ANOTHER: error((file: string, what: string, is: string, should: string) => ({
    what: `${file} belongs to another transfer`,
    why: `its ${what} is ${is}, that of this one ${should}`,
    todo: "use the files that the two sides have exchanged for this transfer",
  })),
  TRANSFER_WAITS: error((step: string, reason: string, todo: string) => ({
    what: `The transfer waits: ${step}`,
    why: reason,
    todo: `${todo}; then run the same command again, it goes on from here`,
  })),
  TRANSFER_DIFFERS: error((tables: string) => ({
    what: "The store that was restored is not the one that was handed over",
    why: `these tables differ: ${tables}`,
    todo: "empty the store (or take a new one) and run the same command again; if it differs again, ask for another export",
  })),
  TRANSFER_STILL_WRITTEN: error((tables: string) => ({
    what: "The store was written to while it was copied",
    why: `these tables have changed: ${tables}`,
    todo: "stop what writes there besides the deployment (a dataplane elsewhere, a person with psql), and export again",
  })),
  OLD_PLACE_RUNS: error((deployment: string, namespace: string, workload: string) => ({
    what: `${deployment} runs in namespace ${namespace}, so nothing of it is taken away`,
    why: `${workload} has pods, and export has stopped the old place of a move: this is the new one, or somebody started the old one again`,
    todo: "see which cluster is meant (--kubeconfig, cluster.context in deployment.yaml, kubectl config current-context); if it is the old place, stop it: kubectl scale --replicas 0",
  })),
  TRANSFER_ACCESS_LEFT: error((count: number) => ({
    what: "There is no record: the operator can still get in, or it could not be tried",
    why: `${count} of the tries above did not end in a refusal`,
    todo: "do what is said there, and run the same command again",
  })),
};
