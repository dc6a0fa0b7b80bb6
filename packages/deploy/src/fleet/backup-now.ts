/** A backup by the chart's own CronJob, once for the same wish: its Job is named by it, so the next run finds it. */
import { setTimeout as sleep } from "node:timers/promises";
import { userError } from "@touchstone/core/errors";
import { backupCronJob, jobEnd, jobFrom, jobName, NO_CRON_JOB } from "../release/backup.ts";
import type { Site } from "../release/site.ts";

/** The chart gives a backup an hour. */
const DEADLINE_MS = 3_600_000;
const ASK_MS = 1000;
/** Of the key in the Job's name. */
const KEY_CHARACTERS = 12;

/** Makes it and waits for its end; gives the name of its Job. Throws FLEET_BACKUP_IMPOSSIBLE. */
export const backUpNow = async (site: Site, key: string): Promise<string> => {
  const { kubectl, deployment, signal } = site;
  const impossible = (why: string) => userError("FLEET_BACKUP_IMPOSSIBLE", deployment.name, why);
  const cronJob = await backupCronJob(site);
  if (cronJob === null) throw impossible(NO_CRON_JOB);
  const job = jobName(cronJob, key.slice(0, KEY_CHARACTERS));
  const before = await kubectl.get("jobs.batch", job);
  // One that failed is in the way of another of its name.
  if (before !== null && jobEnd(before)?.isGood === false) await kubectl.remove("jobs.batch", job);
  if (before === null || jobEnd(before)?.isGood === false) await kubectl.create(jobFrom(cronJob, job));
  for (const until = Date.now() + DEADLINE_MS; Date.now() < until; await sleep(ASK_MS, undefined, { signal })) {
    const found = await kubectl.get("jobs.batch", job);
    const end = found === null ? { isGood: false, why: "somebody deleted it" } : jobEnd(found);
    if (end?.isGood === true) return job;
    if (end !== null) throw impossible(`job ${job}: ${end.why}`);
  }
  throw impossible(`job ${job} did not end within an hour`);
};
