/** Cosign as its version 2 and as its version 3, which take other flags: packages of Debian carry them, of releases newer than most machines are. */
import { kept, type Source } from "./cache.ts";
import { fileOfDeb } from "./debian.ts";

export const COSIGN_MAJORS = [2, 3] as const;
export type CosignMajor = (typeof COSIGN_MAJORS)[number];

const PACKAGES: Readonly<Record<CosignMajor, Source>> = {
  2: {
    registry: "debian",
    suite: "trixie",
    name: "cosign",
    version: "2.5.0-2+b5",
    sha256: "3b6eadd27f3c4c00bfa7eab5c2397a6a15a763630c7a1d40d06ff60d24799eef",
  },
  3: {
    registry: "debian",
    suite: "sid",
    name: "cosign",
    version: "3.1.1-2",
    sha256: "d8622ebffce1d69197288fc030ff06a4c247af5507107f85c5a878870b686b23",
  },
};

/** Its path. Throws when it cannot be had here. */
export const cosign = async (major: CosignMajor): Promise<string> => {
  if (process.platform !== "linux" || process.arch !== "x64") throw new Error("there is no cosign for this machine in that package");
  return kept("cosign", PACKAGES[major], (deb) => fileOfDeb(deb, "usr/bin/cosign"));
};
