/** Whether the cluster's version still gets patches upstream. */
import { z } from "zod";
import { note, ok, problem, unseen, type Finding } from "@touchstone/core/model/finding";
import type { Check } from "./check.ts";
import { KUBERNETES_RELEASES } from "./kubernetes-releases.ts";

const ID = "kubernetes";
/** Time to plan an upgrade of a cluster. */
const SOON_DAYS = 60;
const DAY_MS = 86_400_000;
const NEEDS = "a version that upstream still patches";
const HISTORY = "https://kubernetes.io/releases/";

const Version = z.looseObject({ gitVersion: z.string() });

/** `gitVersion` is v1.35.2, or what a vendor makes of it: v1.35.2-gke.1200. */
export const judgeVersion = (gitVersion: string, now: Date): Finding => {
  const [, major = "", minorText = ""] = /^v(\d+)\.(\d+)/.exec(gitVersion) ?? [];
  const minor = Number(minorText);
  const found = `version ${gitVersion.replace(/^v/, "")}`;
  if (major !== "1" || minorText === "") return unseen(ID, `${found} is no version that is understood`);
  const [oldest, newest] = [KUBERNETES_RELEASES[0], KUBERNETES_RELEASES.at(-1)];
  if (newest !== undefined && minor > newest.minor)
    return note(
      ID,
      `${found} is newer than what this program knows of (1.${newest.minor})`,
      NEEDS,
      `look for it at ${HISTORY}; a newer touchstone knows it`,
    );
  const ends = KUBERNETES_RELEASES.find((release) => release.minor === minor)?.ends;
  const upgrade = `upgrade the cluster, one minor version at a time; its vendor may patch it longer than upstream does (${HISTORY})`;
  if (ends === undefined) return problem(ID, `${found} had its last patch before 1.${oldest?.minor ?? 0} had`, NEEDS, upgrade);
  const daysLeft = Math.floor((Date.parse(ends) - now.getTime()) / DAY_MS);
  if (daysLeft < 0) return problem(ID, `${found}: upstream patches ended on ${ends}`, NEEDS, upgrade);
  return daysLeft < SOON_DAYS
    ? note(ID, `${found}: upstream patches end on ${ends}, in ${daysLeft} days`, NEEDS, upgrade)
    : ok(ID, `${found}, patched upstream until ${ends}`);
};

export const kubernetes: Check = {
  id: ID,
  looks: "the version of the API server, against the table in kubernetes-releases.ts",
  needs: "one that upstream still patches; a note 60 days before that ends, and where the cluster is newer than the table",
  look: async ({ site: { kubectl }, now }) => [judgeVersion(Version.parse(await kubectl.raw("/version")).gitVersion, now)],
};
