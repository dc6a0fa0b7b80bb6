/** A check of preflight: one requirement, measured. One file each; the list is in `checks.ts`. */
import type { Finding } from "@touchstone/core/model/finding";
import type { Ground } from "./ground.ts";

export type Check = {
  /** What `--only` names it by, and the subject of its findings. */
  id: string;
  /** What is looked at, and what has to be there: for the page of checks. */
  looks: string;
  needs: string;
  /** Facts of the ground, and what they mean. A UserError thrown on the way is told as `unseen`. */
  look: (ground: Ground) => Promise<Finding[]>;
};
