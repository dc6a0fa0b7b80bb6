/** `deployment.yaml` from a file. */
import { readFile } from "node:fs/promises";
import { parseDocument } from "yaml";
import { userError } from "@touchstone/core/errors";
import { contradictions, Deployment } from "./deployment.ts";

/** The deployment that a text of YAML describes; `file` is what errors call it. Throws the first thing that is wrong with it, and where. */
export const deploymentIn = (text: string, file: string): Deployment => {
  const document = parseDocument(text, { uniqueKeys: true });
  const [broken] = document.errors;
  if (broken !== undefined) throw userError("DEPLOYMENT_INVALID", file, "YAML", broken.message.split("\n")[0] ?? "it is not YAML");
  const { success, data, error } = Deployment.safeParse(document.toJS());
  if (!success) {
    const [issue] = error.issues;
    throw userError("DEPLOYMENT_INVALID", file, issue?.path.join(".") || "the file", issue?.message ?? "it is not a deployment");
  }
  const [contradiction] = contradictions(data);
  if (contradiction !== undefined) throw userError("DEPLOYMENT_INVALID", file, contradiction.place, contradiction.reason);
  return data;
};

/** The text of a deployment's file. Throws DEPLOYMENT_INVALID. */
export const readDescription = (file: string): Promise<string> =>
  readFile(file, "utf8").catch((thrown: unknown) => {
    throw userError(
      "DEPLOYMENT_INVALID",
      file,
      "the file",
      `it cannot be read (${String(Reflect.get(Object(thrown), "code") ?? "unknown")})`,
    );
  });

/** The deployment in a file. */
export const readDeployment = async (file: string): Promise<Deployment> => deploymentIn(await readDescription(file), file);
