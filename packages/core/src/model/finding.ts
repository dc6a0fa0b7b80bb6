/** What a look at an installation, or at the cluster it shall go to, has found: one subject, what was there, what is needed, and what to do about it. */

export type Finding = {
  subject: string;
  /** `note` is worth knowing and stops nothing; `unseen` could not be looked at. */
  state: "ok" | "note" | "problem" | "unseen";
  found: string;
  needs: string | null;
  todo: string | null;
};

export const ok = (subject: string, found: string): Finding => ({ subject, state: "ok", found, needs: null, todo: null });

const finding =
  (state: Finding["state"]) =>
  (subject: string, found: string, needs: string, todo: string): Finding => ({ subject, state, found, needs, todo });

export const note = finding("note");
export const problem = finding("problem");

export const unseen = (subject: string, found: string): Finding => ({ subject, state: "unseen", found, needs: null, todo: null });
