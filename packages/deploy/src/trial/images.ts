/** Whether images can be built here. */
import { execFileSync } from "node:child_process";

/** Why images cannot be built here; false where they can. */
export const imagesAbsent = (): string | false => {
  if (process.platform !== "linux" || process.arch !== "x64" || process.getuid?.() !== 0) return "images are built as root on Linux on x64";
  for (const tool of ["buildah", "runc", "dpkg-deb"])
    try {
      execFileSync("which", [tool], { stdio: "ignore" });
    } catch {
      return `${tool} is not installed`;
    }
  try {
    execFileSync("unshare", ["--mount", "--pid", "--net", "--ipc", "--uts", "--fork", "true"], { stdio: "ignore" });
  } catch {
    return "no namespaces can be made here";
  }
  return false;
};
