/** Findings as an action answers them: for people, or as JSON. */
import type { Finding } from "@touchstone/core/model/finding";
import { findingText } from "../../../formats/findings-text.ts";
import { flag, type Terminal, type Values } from "../../command.ts";

/** Answers whether any of them is a problem. */
export const tellFindings = (findings: readonly Finding[], values: Values, { stdout, colour }: Terminal): boolean => {
  if (flag(values, "json")) stdout.write(`${JSON.stringify({ findings }, null, 2)}\n`);
  else for (const finding of findings) stdout.write(findingText(finding, colour));
  return findings.some(({ state }) => state === "problem");
};
