/** An emulator of another processor for one program at a time (QEMU's user mode): a package of Debian carries it, as one static file. */
import { kept, type Source } from "./cache.ts";
import { fileOfDeb } from "./debian.ts";

const PACKAGE: Source = {
  registry: "debian",
  suite: "trixie",
  name: "qemu-user",
  version: "1:10.0.13+ds-0+deb13u1",
  sha256: "ca6ede739327a20ae5a3498230c8a3a9a072c586e131bc6bcc1201eb1725e336",
};

/** Path of the one for arm64. Throws when it cannot be had here. */
export const qemuForArm64 = async (): Promise<string> => {
  if (process.platform !== "linux" || process.arch !== "x64") throw new Error("there is no emulator for this machine in that package");
  return kept("qemu-aarch64", PACKAGE, (deb) => fileOfDeb(deb, "usr/bin/qemu-aarch64"));
};
