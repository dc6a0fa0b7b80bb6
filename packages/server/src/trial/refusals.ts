/** What an answer that refuses says, for tests. */
import { Problem } from "@touchstone/core/client/refusal";
import type { Answer } from "./trial.ts";

/** Fails on an answer that is no refusal. */
export const problemOf = ({ body }: Answer): Problem => Problem.parse(body);

/** The places of a request that is not usable. */
export const placesOf = (answer: Answer): { loc: (string | number)[]; msg: string }[] => {
  const { detail } = problemOf(answer);
  return Array.isArray(detail) ? detail : [];
};

/** The status, and behind it the code of the error where there is one. */
export const saidBy = ({ status, body }: Answer): string => `${status} ${Problem.safeParse(body).data?.code ?? ""}`.trim();
