/** An authority of a cluster's own and what it signs, made by openssl for one test: server, controllers and kubelets know each other by them. */
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

const DAYS = "2";
const CURVE = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

export type Authority = { certificate: string; folder: string };

/** `ca.crt`, and as `server` one for these names and addresses (`DNS:a`, `IP:b`), and as `client` one by which the server is known to kubelets. */
export const makeAuthority = async (folder: string, names: readonly string[]): Promise<Authority> => {
  const ca = ["-CA", join(folder, "ca.crt"), "-CAkey", join(folder, "ca.key")];
  const made = (name: string, subject: string, ...more: string[]) => {
    const files = ["-keyout", join(folder, `${name}.key`), "-out", join(folder, `${name}.crt`)];
    return run("openssl", ["req", "-x509", "-days", DAYS, ...CURVE, "-subj", subject, ...files, ...more]);
  };
  await made("ca", "/CN=trial");
  const leaf = ["-addext", "basicConstraints=critical,CA:FALSE"];
  await made("server", "/CN=trial-server", ...ca, ...leaf, "-addext", `subjectAltName=${names.join(",")}`);
  await made("client", "/O=system:masters/CN=trial-server", ...ca, ...leaf);
  await run("openssl", ["genrsa", "-traditional", "-out", join(folder, "accounts.key"), "2048"]);
  const { stdout } = await run("openssl", ["rsa", "-in", join(folder, "accounts.key"), "-pubout"]);
  await writeFile(join(folder, "accounts.pub"), stdout);
  return { certificate: await readFile(join(folder, "ca.crt"), "utf8"), folder };
};
