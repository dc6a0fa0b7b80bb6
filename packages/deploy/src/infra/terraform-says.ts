/** What terraform says, for people: its machine-readable lines (developer.hashicorp.com/terraform/internals/machine-readable-ui), and its errors. Pure. */
import { z } from "zod";
import type { Ended } from "../cluster/program.ts";
import { certainHidden } from "../support/secret-shapes.ts";

const Line = z.looseObject({
  "@message": z.string(),
  type: z.string(),
  diagnostic: z.looseObject({ severity: z.string(), summary: z.string(), detail: z.string().default("") }).optional(),
});

const lineIn = (text: string): z.infer<typeof Line> | null => {
  if (!text.startsWith("{")) return null;
  try {
    return Line.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
};

/** Steps worth a line: what is at work, what has ended. Plans are told as a whole, errors when it has ended. */
const WORTH: ReadonlySet<string> = new Set(["apply_start", "apply_progress", "apply_complete", "apply_errored", "refresh_start"]);

/** Ids are nobody's business on a terminal that is looked over; the state has them. */
export const told = (text: string): string | null => {
  const line = lineIn(text);
  return line !== null && WORTH.has(line.type) ? line["@message"].replace(/ \[id=.*\]$/, "") : null;
};

const errorsIn = (text: string): string[] =>
  text.split("\n").flatMap((one) => {
    const diagnostic = lineIn(one)?.diagnostic;
    return diagnostic?.severity === "error" ? [`${diagnostic.summary}. ${diagnostic.detail}`] : [];
  });

/** Words of a box that terraform draws around an error. */
const wordsOf = (text: string): string[] =>
  text
    .split("\n")
    .filter((line) => !line.startsWith("{"))
    .map((line) => line.replace(/^[╷│╵\s]+/, "").trim())
    .filter((line) => line !== "");

/** Why it ended as it did, on one line. */
export const reasonOf = ({ stdout, stderr, status }: Ended): string => {
  const errors = errorsIn(stdout);
  const words = wordsOf(stderr || stdout);
  const start = words.findIndex((line) => line.startsWith("Error: "));
  const reason =
    errors.length > 0
      ? errors.join("; ")
      : words
          .slice(Math.max(start, 0))
          .join(" ")
          .replace(/^Error: /, "");
  return certainHidden(reason.replaceAll(/\s+/g, " ").trim()) || `exit status ${status}`;
};
