/** Whether nodes can pull the images and start them: the pods that look from inside are of these. */
import { note, ok, problem, unseen, type Finding } from "@touchstone/core/model/finding";
import type { Check } from "./check.ts";
import type { ProbeEnd, ProbeEnds, Where } from "./probe.ts";

const ID = "images";
const NEEDS = "an image that nodes can pull and start under the restricted standard";

const TODO: Readonly<Record<Where, string>> = {
  rights: "ask for the right to create Jobs and NetworkPolicies there, or who has it to run this",
  refused: "see the findings about quotas and pod-security; or the policies of the cluster (Kyverno, Gatekeeper)",
  place: "see the findings about room",
  image: "push it there, say release.imageRegistry and release.pullSecrets in deployment.yaml, or let nodes reach the registry",
  silent: "look at the image: docs/deployment.md says how it is built",
};

const DIGEST = /@sha256:[a-f0-9]{64}$/;

const findingOf = (end: ProbeEnd): Finding => {
  if (end.kind === "answered")
    return DIGEST.test(end.image)
      ? ok(ID, `${end.image} runs`)
      : note(
          ID,
          `${end.image} runs, and is named by a tag`,
          "a digest: what runs is what was checked",
          "say release.digests in deployment.yaml",
        );
  const told = `${end.image}: ${end.why}`;
  return !tells(end) ? { ...unseen(ID, told), todo: TODO[end.where] } : problem(ID, told, NEEDS, TODO[end.where]);
};

/** Of a pod that no node took, or that might not be made, nothing is known of its image: another of the same one may tell. */
const tells = (end: ProbeEnd): boolean => end.kind === "answered" || (end.where !== "place" && end.where !== "rights");

/** One finding for each image: the worst, where several pods are of it. */
export const judgeImages = (ends: ProbeEnds): Finding[] => {
  const all = [...ends.values()];
  const names = [...new Set(all.map(({ image }) => image))];
  return names.flatMap((image) => {
    const of = all.filter((end) => end.image === image);
    const telling = of.filter(tells);
    const worst = telling.find(({ kind }) => kind === "stopped") ?? telling[0] ?? of[0];
    return worst === undefined ? [] : [findingOf(worst)];
  });
};

export const images: Check = {
  id: ID,
  looks: "the pods that look from inside, which are of the product's own images",
  needs: "pulled and started by a node; by digest, or a note",
  look: async ({ inside }) => judgeImages(await inside()),
};
