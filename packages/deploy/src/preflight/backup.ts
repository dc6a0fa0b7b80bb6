/** How old the last backup of an installation is: what comes next is safer after one. */
import { note, ok, problem, type Finding } from "@touchstone/core/model/finding";
import { at, type Manifest } from "../kubernetes/manifest.ts";
import type { Check } from "./check.ts";
import { isOwn } from "./amounts.ts";

const ID = "backup";
/** A night and a morning: one that is made every day is not older. */
const AGE_HOURS_MAX = 26;
const HOUR_MS = 3_600_000;

/** `job` is the CronJob that makes backups; null where there is none. */
export const judgeBackup = (job: Manifest | null, isInstalled: boolean, now: Date): Finding => {
  if (!isInstalled) return ok(ID, "nothing is installed that could be lost");
  if (job === null)
    return note(
      ID,
      "this installation makes no backups",
      "one from today, before it is changed",
      "see that the backups of your Postgres are from today",
    );
  const todo = `kubectl -n ${job.metadata.namespace ?? ""} create job --from=cronjob/${job.metadata.name} backup-now`;
  const needs = `one that is not older than ${AGE_HOURS_MAX} hours`;
  const last = at(job, "status", "lastSuccessfulTime");
  const isNew = now.getTime() - Date.parse(String(job.metadata["creationTimestamp"])) < AGE_HOURS_MAX * HOUR_MS;
  if (typeof last !== "string")
    return isNew
      ? note(ID, "none was made yet", needs, todo)
      : problem(ID, "none was ever made", needs, `${todo}, and look at the Jobs before`);
  const hours = Math.floor((now.getTime() - Date.parse(last)) / HOUR_MS);
  return hours <= AGE_HOURS_MAX
    ? ok(ID, `the last one was made ${hours} hours ago`)
    : problem(ID, `the last one was made ${hours} hours ago`, needs, todo);
};

export const backup: Check = {
  id: ID,
  looks: "when the CronJob of backups last came to a good end",
  needs: "within 26 hours, where an installation is there",
  look: async ({ site: { deployment, kubectl, helm }, namespace, within, now }) => {
    const isThere = (await namespace()) !== null && (await helm.history(deployment.name)).length > 0;
    const jobs = isThere ? await within("cronjobs") : [];
    const isBackup = (job: Manifest) =>
      isOwn(job, kubectl.access.namespace, deployment.name) &&
      job.metadata.labels?.["app.kubernetes.io/component"] === "backup" &&
      at(job, "spec", "suspend") !== true;
    return [judgeBackup(jobs.find(isBackup) ?? null, isThere, now)];
  },
};
