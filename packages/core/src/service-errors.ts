/** What can go wrong in the service: its requests, its people, its work and its store. A part of `errors.ts`. */
import { error } from "./error-text.ts";

/** A dataplane that starts is there within this time; it is also the time between two of its signs of life. */
const DATAPLANE_RETRY_SECONDS = 30;
/** A server of the store that restarts, or a pool of connections that is full. */
const STORE_RETRY_SECONDS = 5;

export const SERVICE_ERRORS = {
  REQUEST_INVALID: error((place: string, reason: string) => ({
    what: `${place} is not usable`,
    why: reason,
    todo: "the request is described in /api/openapi.json",
  })),
  NOT_SIGNED_IN: error((reason: string) => ({
    what: "This needs a sign-in",
    why: reason,
    todo: "send a token as `Authorization: Bearer …`, or sign in",
  })),
  SIGN_IN_FAILED: error(() => ({
    what: "The sign-in failed",
    why: "there is no such user, the password is another, or the user is disabled",
    todo: "try again, sign in through your identity provider, or ask an administrator",
  })),
  SIGN_IN_REFUSED: error((provider: string, reason: string) => ({
    what: `The sign-in with ${provider} was refused`,
    why: reason,
    todo: "start again from the sign-in page; if it stays so, show this to an administrator",
  })),
  CROSS_SITE_REFUSED: error((reason: string) => ({
    what: "The request came from another site",
    why: reason,
    todo: "send it from a page of this installation, or with a token instead of the session's cookie",
  })),
  PROVIDER_UNUSABLE: error((provider: string, reason: string) => ({
    what: `The identity provider ${provider} cannot be used`,
    why: reason,
    todo: "correct its settings, or what it is set up with on its own side",
  })),
  ADDRESS_REFUSED: error((host: string, reason: string) => ({
    what: `${host} is not asked`,
    why: reason,
    todo: "if it belongs to your own network, name it in TOUCHSTONE_OUTBOUND_ALLOW",
  })),
  NOT_ALLOWED: error((need: string) => ({
    what: "You may not do this",
    why: `it needs ${need}`,
    todo: "ask an administrator, or somebody who may, to do it",
  })),
  OBJECT_UNKNOWN: error((noun: string, id: string) => ({
    what: `There is no ${noun} ${id}`,
    why: "it does not exist, was deleted, or belongs to a team you are not in",
    todo: `list what there is, or ask for access`,
  })),
  OBJECT_EXISTS: error((noun: string, name: string) => ({
    what: `There is a ${noun} ${name} already`,
    why: "names are given once",
    todo: "choose another name, or change the one there is",
  })),
  OBJECT_IN_USE: error((noun: string, name: string, users: string) => ({
    what: `The ${noun} ${name} cannot be taken away`,
    why: `${users} still use it`,
    todo: "take those away first",
  })),
  OBJECT_STATE_WRONG: error((noun: string, name: string, state: string) => ({
    what: `This cannot be done with the ${noun} ${name}`,
    why: state,
    todo: "look at it again: somebody else may have changed it",
  })),
  CHECKS_CHANGED: error((checks: readonly string[], more: number) => ({
    what: "Checks were changed since they were compared",
    why: `nothing was written; changed: ${checks.join(", ")}${more > 0 ? ` and ${more} more` : ""}`,
    todo: "compare again",
  })),
  FIELDS_IN_USE: error((container: string, fields: string) => ({
    what: `This would drop fields of ${container} that checks or anomalies are about`,
    why: fields,
    todo: "keep them, or say force_drop_fields: their checks are then archived",
  })),
  QUESTION_FAILED: error((what: string, reason: string) => ({
    what,
    why: reason,
    todo: "correct the cause named, and ask again",
  })),
  IDEMPOTENCY_KEY_REUSED: error(() => ({
    what: "The idempotency key belongs to another request",
    why: "under it something else was asked before",
    todo: "give each request a key of its own, and the same one only when it is sent again as it was",
  })),
  ANSWER_NOT_KEPT: error((id: string) => ({
    what: "This was done before, and is not done again",
    why: `what was made has the id ${id}; its answer held a secret, which is shown once and kept nowhere`,
    todo: "if the answer was lost, take that one away and make another under a new key",
  })),
  TOO_MANY_REQUESTS: error((limit: string, waitSeconds: number) => ({
    what: "Too many requests",
    why: `the limit is ${limit}`,
    todo: `wait ${waitSeconds} seconds`,
    retry_after_seconds: waitSeconds,
  })),
  DATAPLANE_ABSENT: error((datastore: string, wanted: string) => ({
    what: `Nothing can be asked of ${datastore} right now`,
    why: `${wanted} is connected`,
    todo: "start one with: touchstone dataplane --server URL --token TOKEN",
    retry_after_seconds: DATAPLANE_RETRY_SECONDS,
  })),
  DATAPLANE_SILENT: error((datastore: string, seconds: number) => ({
    what: `No dataplane answered about ${datastore}`,
    why: `none did within ${seconds} seconds`,
    todo: "try again; the dataplane may be busy, or unable to reach the datastore",
  })),
  UPLOAD_UNUSABLE: error((name: string, reason: string) => ({
    what: `${name} cannot be scanned as rows of this container`,
    why: reason,
    todo: "correct it and send it again: what was sent is kept nowhere",
  })),
  LEASE_LOST: error((reason: string) => ({
    what: "This work is no longer yours",
    why: reason,
    todo: "stop at once and write nothing more: another dataplane has it, or will",
  })),
  SCHEDULE_INVALID: error((cron: string, reason: string) => ({
    what: `The schedule ${cron} is not usable`,
    why: reason,
    todo: "five fields: minute, hour, day of the month, month, day of the week, such as 0 6 * * 1-5, and an IANA time zone",
  })),
  SECRET_UNRESOLVED: error((reference: string, reason: string) => ({
    what: `The secret ${reference} could not be fetched`,
    why: reason,
    todo: "references are resolved where the dataplane runs: check its environment, its files, and its reach to the secrets manager",
  })),
  STORE_LOCKED: error((folder: string, who: string) => ({
    what: `The data folder ${folder} is in use`,
    why: who,
    todo: "stop the other process, or name another folder with --data",
  })),
  STORE_BEHIND: error((migrations: string) => ({
    what: "The schema of the metadata store is older than this program",
    why: `TOUCHSTONE_MIGRATE is never, and nobody made ${migrations}`,
    todo: "run: touchstone db migrate",
  })),
  STORE_UNREACHABLE: error((target: string, reason: string) => ({
    what: `The metadata store at ${target} cannot be used`,
    why: reason,
    todo: "check DATABASE_URL, and that the role owns its database; touchstone doctor tells more",
  })),
  STORE_AWAY: error((request: string) => ({
    what: "The metadata store does not answer right now",
    why: `its server restarts, or has no connection to spare; the log has more under ${request}`,
    todo: "try again in a few seconds",
    retry_after_seconds: STORE_RETRY_SECONDS,
  })),
  BACKUP_UNUSABLE: error((file: string, reason: string) => ({
    what: `The store cannot be restored from ${file}`,
    why: reason,
    todo: "nothing was changed; name a whole backup, and an empty store: touchstone db migrate makes one",
  })),
  BACKUP_FAILED: error((place: string, reason: string) => ({
    what: `The backup in ${place} is not good`,
    why: reason,
    todo: "make another; what is there is not counted as a backup",
  })),
  OBJECT_STORE_ADDRESS_INVALID: error((address: string, reason: string) => ({
    what: `${address} is not a place in an object store`,
    why: reason,
    todo: "it is s3://BUCKET/FOLDER, gs://BUCKET/FOLDER or az://ACCOUNT/CONTAINER/FOLDER",
  })),
  OBJECT_STORE_IDENTITY: error((place: string, reason: string, todo: string) => ({
    what: `There is no identity to use ${place} with`,
    why: reason,
    todo,
  })),
  OBJECT_STORE_UNREACHABLE: error((place: string, reason: string) => ({
    what: `The object store of ${place} does not answer`,
    why: reason,
    todo: "check its address and region, and that the networks between let this through (in a cluster: backup.bucket.egress)",
  })),
  OBJECT_STORE_REFUSED: error((place: string, action: string, reason: string) => ({
    what: `${place} could not be ${action}`,
    why: `the object store answers ${reason}`,
    todo: "give the identity that is used the right to list, read, write and delete there, or correct the name",
  })),
  SETTING_INVALID: error((name: string, reason: string) => ({
    what: `The setting ${name} is not usable`,
    why: reason,
    todo: "touchstone start --help lists the settings",
  })),
  SECRET_UNREADABLE: error((reason: string) => ({
    what: "A stored secret cannot be opened",
    why: reason,
    todo: "give the key it was sealed with, or enter the secret again",
  })),
  KEY_ROTATION_STOPPED: error((reason: string, todo: string) => ({
    what: "The rotation of keys is not done: the old ones are still needed",
    why: reason,
    todo,
  })),
} as const;
