/** `deployment.yaml` from a file. */
import { readFile } from "node:fs/promises";
import { parseDocument } from "yaml";
import { userError } from "@touchstone/core/errors";
import { contradictions, Deployment } from "./deployment.ts";

/** A whole page of what is wrong is read by nobody. */
const FAULTS_MAX = 8;

/** In words of ours, where zod's are of JavaScript. */
const wordsOf = (message: string): string =>
  message
    .replace(/^Invalid input: expected (.*), received undefined$/, "it is missing: $1")
    .replace(/^Invalid input: expected (.*), received null$/, "nothing stands there, and $1 is expected")
    .replace(/^Invalid input: (expected .*)$/, "$1")
    .replace(/^Invalid option: /, "");

type Fault = { place: string; reason: string };
const faultOf = ({ path, message }: { path: readonly PropertyKey[]; message: string }): Fault => ({
  place: path.map(String).join(".") || "the file",
  reason: wordsOf(message),
});

/** All of them at once: who corrects one by one asks as often as there are faults. */
const invalid = (file: string, faults: readonly Fault[]) => {
  const [first = { place: "the file", reason: "it is not a deployment" }, ...others] = faults;
  const more = others.slice(0, FAULTS_MAX - 1).map(({ place, reason }) => `${place}: ${reason}`);
  const rest = others.length - more.length;
  return userError(
    "DEPLOYMENT_INVALID",
    file,
    first.place,
    [first.reason, ...more, ...(rest > 0 ? [`and ${rest} more`] : [])].join("\n       "),
  );
};

/** The deployment that a text of YAML describes; `file` is what errors call it. Throws what is wrong with it, and where. */
export const deploymentIn = (text: string, file: string): Deployment => {
  const document = parseDocument(text, { uniqueKeys: true });
  const [broken] = document.errors;
  if (broken !== undefined) throw userError("DEPLOYMENT_INVALID", file, "YAML", (broken.message.split("\n")[0] ?? "").replace(/:$/, ""));
  const value: unknown = document.toJS();
  if (value === null || value === undefined) throw invalid(file, [{ place: "the file", reason: "it is empty" }]);
  const { success, data, error } = Deployment.safeParse(value);
  if (!success) throw invalid(file, error.issues.map(faultOf));
  const contradicting = contradictions(data);
  if (contradicting.length > 0) throw invalid(file, contradicting);
  return data;
};

const UNREADABLE: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file here; touchstone deploy init writes one, --file names another",
  EISDIR: "it is a folder",
  EACCES: "you may not read it",
};

/** The text of a deployment's file. Throws DEPLOYMENT_INVALID. */
export const readDescription = (file: string): Promise<string> =>
  readFile(file, "utf8").catch((thrown: unknown) => {
    const code = String(Reflect.get(Object(thrown), "code") ?? "unknown");
    throw userError("DEPLOYMENT_INVALID", file, "the file", UNREADABLE[code] ?? `it cannot be read (${code})`);
  });

/** The deployment in a file. */
export const readDeployment = async (file: string): Promise<Deployment> => deploymentIn(await readDescription(file), file);
