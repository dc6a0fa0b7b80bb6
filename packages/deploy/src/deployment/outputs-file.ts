/** Values that the infrastructure gave, kept beside deployment.yaml once somebody asked for it: a person's file stays a person's. */
import { readFile } from "node:fs/promises";
import { join, parse } from "node:path";
import { parseDocument } from "yaml";
import { z } from "zod";
import { userError } from "@touchstone/core/errors";
import { merged } from "./chart-values.ts";
import type { Deployment } from "./deployment.ts";
import { readDeployment } from "./read.ts";

const Values = z.record(z.string(), z.unknown());

/** deployment.yaml -> deployment.outputs.yaml */
export const valuesFileOf = (file: string): string => {
  const { dir, name, ext } = parse(file);
  return join(dir, `${name}.outputs${ext}`);
};

const textOf = (file: string): Promise<string | null> =>
  readFile(file, "utf8").catch((thrown: unknown) => {
    if (Reflect.get(Object(thrown), "code") === "ENOENT") return null;
    throw userError("DEPLOYMENT_INVALID", file, "the file", `it cannot be read (${String(Reflect.get(Object(thrown), "code"))})`);
  });

/** The deployment of a file, with the values of the file beside it under its own. Throws DEPLOYMENT_INVALID. */
export const readWithOutputs = async (file: string): Promise<Deployment> => {
  const deployment = await readDeployment(file);
  const beside = valuesFileOf(file);
  const text = await textOf(beside);
  if (text === null) return deployment;
  const document = parseDocument(text, { uniqueKeys: true });
  const { success, data } = Values.safeParse(document.toJS());
  if (document.errors.length > 0 || !success)
    throw userError(
      "DEPLOYMENT_INVALID",
      beside,
      "the file",
      "it holds no values: write it anew by touchstone deploy infra outputs --write-values",
    );
  return { ...deployment, values: merged(data, deployment.values) };
};
