/** One file out of a gzipped tar archive, by the machine's own tar. */
import { spawn } from "node:child_process";

export const untarFile = (archive: Buffer, name: string): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const tar = spawn("tar", ["-xzOf", "-", name], { stdio: ["pipe", "pipe", "ignore"] });
    const parts: Buffer[] = [];
    tar.stdout.on("data", (part: Buffer) => parts.push(part));
    tar.once("error", reject);
    tar.once("close", (status) => (status === 0 ? resolve(Buffer.concat(parts)) : reject(new Error(`${name} is not in the archive`))));
    // tar may be done before the archive is: what it does not read any more is no error.
    tar.stdin.on("error", () => undefined);
    tar.stdin.end(archive);
  });
