/** An answer that refuses, as an error with the server's own words. */
import { z } from "zod";
import { ERRORS, errorInfo, UserError, userError, type ErrorCode } from "../errors.ts";

const Place = z.object({ loc: z.array(z.union([z.string(), z.number()])), msg: z.string() });
/** What a refusal has in its body. */
export const Problem = z.object({
  code: z.string(),
  what: z.string(),
  why: z.string(),
  todo: z.string(),
  detail: z.union([z.string(), z.array(Place)]).optional(),
});
export type Problem = z.infer<typeof Problem>;

/** Places of an unusable request that are told; behind them more are likely to be of one kind. */
const PLACES_MAX = 20;

const isCode = (code: string): code is ErrorCode => Object.hasOwn(ERRORS, code);

/** The body of a refusal; null for what is none of ours: a page of a proxy, or of another program. */
export const readProblem = (text: string): Problem | null => {
  try {
    return Problem.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
};

/** Each place of an unusable request with what is wrong there, where there is more than the sentence says already. */
const placesOf = ({ detail, why }: Problem): string => {
  if (detail === undefined || typeof detail === "string" || detail.length < 2) return why;
  const lines = detail.slice(0, PLACES_MAX).map(({ loc, msg }) => `${loc.join(".")}: ${msg}`);
  return [...lines, ...(detail.length > PLACES_MAX ? [`and ${detail.length - PLACES_MAX} more`] : [])].join("\n");
};

/** What a status that refuses means for the caller. */
export const refusal = (server: string, status: number, text: string): UserError => {
  const problem = readProblem(text);
  if (status === 401 && problem?.code !== "SIGN_IN_FAILED") return userError("LOGIN_NEEDED", server, problem?.why ?? "it wants a sign-in");
  if (problem === null) return userError("SERVER_ANSWER_ODD", server, `it answered with the status ${status} and not in Touchstone's way`);
  const { code, what, todo } = problem;
  const why = placesOf(problem);
  if (isCode(code)) return new UserError({ code, what, why, todo });
  // A newer server has errors that this program does not know by name; its words are as good.
  return new UserError({ ...errorInfo("SERVER_REFUSED", server, status), what, why, todo });
};
