/** Whether backups reach their bucket: an object of preflight's own, from a pod that is who the backup will be. */
import { ok, problem, unseen, type Finding } from "@touchstone/core/model/finding";
import type { Reached } from "@touchstone/core/model/reach";
import type { Check } from "./check.ts";
import { bucketIn } from "./probe-plan.ts";
import { answersAbout } from "./probe.ts";

const ID = "bucket";

const TODO: Readonly<Record<NonNullable<Reached["stopped"]>, string>> = {
  name: "make the name known to the cluster's DNS (a private zone of the object store), or correct backup.bucket",
  connection: "open the way: backup.bucket.egress in values, routes and endpoints of the network, firewalls between",
  certificate: "give the authority of its certificate by authorities in values",
  answer:
    "give the identity of backups the rights it lacks (list, read, write, delete), or correct backup.bucket: docs/runbooks/restore-from-bucket.md",
};

/** `bucket`: null where backups go to no bucket. */
export const judgeBucket = (bucket: string | null, answers: readonly Reached[] | string): Finding => {
  if (bucket === null) return ok(ID, "backups go to no bucket");
  if (typeof answers === "string") return unseen(ID, `${bucket}: ${answers}`);
  const answer = answers.find(({ to }) => to === bucket);
  if (answer === undefined) return unseen(ID, `${bucket} was not tried`);
  return answer.stopped === null
    ? ok(ID, `an object was written, listed, read and deleted in ${bucket}, in ${answer.milliseconds} ms`)
    : problem(ID, `${bucket}: ${answer.reason ?? "out of reach"}`, "an object written, listed, read and deleted", TODO[answer.stopped]);
};

export const bucket: Check = {
  id: ID,
  looks: "the bucket that backups go to, from a pod with their ServiceAccount, keys and network policies",
  needs: "an object of preflight's own, written, listed, read and deleted",
  look: async ({ rendered, inside }) => {
    const found = bucketIn(await rendered());
    return [judgeBucket(found, found === null ? [] : answersAbout(await inside(), "backup", "bucket"))];
  },
};
