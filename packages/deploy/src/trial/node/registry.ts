/** A registry in the rack, and images in it: of the cluster itself, made of one static program each, and whatever this machine has built. */
import { execFile } from "node:child_process";
import { cp, mkdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { stringify } from "yaml";
import { until } from "../real/programs.ts";
import type { Sandbox } from "./sandbox.ts";

const run = promisify(execFile);

const PROGRAM = "/usr/bin/docker-registry";
const PORT = 5000;
const OUTPUT_BYTES = 2 ** 24;

export type Images = {
  address: string;
  /** Makes an image of one program, and answers its name below the registry's. */
  ofProgram: (path: string, user: number) => Promise<string>;
  /** Brings one that skopeo finds (`containers-storage:…`, `oci:…`) under a name, and answers its digest. */
  bring: (from: string, name: string) => Promise<string>;
};

/** Starts it; what it keeps lies in the rack's folder, or where it is told. */
export const startImages = async (rack: Sandbox, host: string, data = join(rack.folder, "registry")): Promise<Images> => {
  const address = `${host}:${PORT}`;
  const config = join(rack.folder, "registry.yml");
  await writeFile(config, stringify({ version: "0.1", storage: { filesystem: { rootdirectory: data } }, http: { addr: address } }));
  const running = rack.start(PROGRAM, ["serve", config]);
  await until(async () => (await fetch(`http://${address}/v2/`)).ok, "the registry", [running]);
  const bring = async (from: string, name: string): Promise<string> => {
    const to = `docker://${address}/${name}`;
    await run("skopeo", ["copy", "--quiet", "--preserve-digests", "--dest-tls-verify=false", from, to], { maxBuffer: OUTPUT_BYTES });
    return (await run("skopeo", ["inspect", "--tls-verify=false", "--format", "{{.Digest}}", to])).stdout.trim();
  };
  return {
    address,
    bring,
    ofProgram: async (path, user) => {
      const program = basename(path);
      const folder = join(rack.folder, `image-${program}`);
      await mkdir(folder, { recursive: true });
      await cp(path, join(folder, program));
      await writeFile(
        join(folder, "Containerfile"),
        `FROM scratch\nCOPY ${program} /${program}\nUSER ${user}:${user}\nENTRYPOINT ["/${program}"]\n`,
      );
      const store = ["--root", join(rack.folder, "images"), "--runroot", join(rack.folder, "images-run"), "--storage-driver", "vfs"];
      const archive = `oci-archive:${join(folder, "image.tar")}`;
      await run("buildah", [...store, "build", "--layers=false", "--isolation", "chroot", "--quiet", "--tag", archive, folder], {
        maxBuffer: OUTPUT_BYTES,
      });
      const name = `trial/${program}:1`;
      await bring(archive, name);
      return name;
    },
  };
};
