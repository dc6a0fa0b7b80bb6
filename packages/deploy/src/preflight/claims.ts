/** Whether volumes are really made: a small claim of each class, mounted by a pod that writes to it, and given back. */
import { ok, problem, unseen, type Finding } from "@touchstone/core/model/finding";
import type { Reached } from "@touchstone/core/model/reach";
import type { Manifest } from "../kubernetes/manifest.ts";
import type { Check } from "./check.ts";
import { claimFolder } from "./probe-plan.ts";
import { answersAbout, type ProbeEnds } from "./probe.ts";
import { askedClasses, classNamed, isKept, triedClasses, untriedBecause, type Untried } from "./storage-classes.ts";

const ID = "claims";
const NEEDS = "a volume that is made, mounted and written to within two minutes";
const TODO = "look at the driver of the class: its controller, its quota in the cloud, the zones of its nodes (kubectl get events)";

/** `asked`: as the deployment has it; empty for the default. */
export type ClassTried = { asked: string; name: string | null; untried: Untried | null };

const nameOf = ({ asked, name }: ClassTried): string => `StorageClass ${name ?? asked}`;

/** `answers`: of each class that was tried, in their order; a reason where no pod said anything. */
export const judgeClaims = (tried: readonly ClassTried[], answers: readonly Reached[] | { place: string } | string): Finding[] => {
  if (tried.length === 0) return [ok(ID, "no volume is asked for")];
  let index = 0;
  return tried.map((one): Finding => {
    // What is wrong with the name is told by the check of storage.
    if (one.name === null) return unseen(ID, `there is no StorageClass ${one.asked === "" ? "by default" : one.asked} to try`);
    if (one.untried !== null)
      return {
        ...unseen(ID, `${nameOf(one)}: ${one.untried.why}: no claim was made`),
        todo: one.untried.todo,
      };
    const folder = claimFolder(index++);
    if (typeof answers === "string") return unseen(ID, `${nameOf(one)}: ${answers}`);
    if ("place" in answers) return problem(ID, `${nameOf(one)}: ${answers.place}`, NEEDS, TODO);
    const answer = answers.find(({ to }) => to === folder);
    if (answer === undefined) return unseen(ID, `${nameOf(one)} was not tried`);
    return answer.stopped === null
      ? ok(ID, `${nameOf(one)}: a volume was made, written to and given back`)
      : problem(ID, `${nameOf(one)}: its volume is there, and not to be written to: ${answer.reason ?? ""}`, NEEDS, TODO);
  });
};

/** A pod that no node takes waits for its volume: that is an answer. */
const answersOf = (ends: ProbeEnds): readonly Reached[] | { place: string } | string => {
  const end = ends.get("volumes");
  return end?.kind === "stopped" && end.where === "place" ? { place: end.why } : answersAbout(ends, "volumes", "volume");
};

const triedOf = (objects: readonly Manifest[], classes: readonly Manifest[], mayChangeVolumes: boolean): ClassTried[] =>
  askedClasses(objects).map((asked) => {
    const found = classNamed(asked, classes);
    return { asked, name: found?.metadata.name ?? null, untried: found === undefined ? null : untriedBecause(found, mayChangeVolumes) };
  });

export const claims: Check = {
  id: ID,
  looks: "a claim of 1 GiB of each StorageClass that this deployment uses, made for the test, mounted and written to by a pod, and deleted",
  needs:
    "a volume within two minutes; one of a class that keeps its volumes is set to go with its claim, or not made where you may not do that",
  look: async ({ rendered, inside, mayChangeVolumes, site: { kubectl } }) => {
    const [objects, classes] = [await rendered(), await kubectl.list("storageclasses")];
    const may = classes.some(isKept) && (await mayChangeVolumes());
    return judgeClaims(triedOf(objects, classes, may), triedClasses(objects, classes, may).length === 0 ? [] : answersOf(await inside()));
  },
};
