/** Registries of images for tests: Debian's docker-registry on the loopback, its store in a folder of its own. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";

const PROGRAM = "/usr/bin/docker-registry";
const SKOPEO = "/usr/bin/skopeo";
const START_MS = 20_000;

/** Who is let in where a registry asks, and its line of htpasswd (bcrypt, cost 4), made for this file and used for nothing else. */
export const REGISTRY_LOGIN = { user: "trial", password: "for a trial only" };
const HTPASSWD = "trial:$2y$04$Hp5Uzhwm9bu25fHv66OEpe/COYcb2ARiJ/R8U1YCUcMU2soVMzLum\n";

export type Registry = { address: string; close: () => Promise<void> };

/** Why there are no registries here; null where there are. */
export const registriesAbsent = (): string | null => {
  const missing = [PROGRAM, SKOPEO].find((path) => !existsSync(path));
  return missing === undefined ? null : `${missing} is not installed (apt-get install docker-registry skopeo)`;
};

export const startRegistry = async ({ asks = false }: { asks?: boolean } = {}): Promise<Registry> => {
  const folder = await mkdtemp(join(tmpdir(), "touchstone-registry-"));
  const path = join(folder, "htpasswd");
  await writeFile(path, HTPASSWD);
  const config = {
    version: "0.1",
    storage: { filesystem: { rootdirectory: join(folder, "data") } },
    http: { addr: "127.0.0.1:0" },
    ...(asks ? { auth: { htpasswd: { realm: "trial", path } } } : {}),
  };
  await writeFile(join(folder, "config.yml"), stringify(config));
  const child = spawn(PROGRAM, ["serve", join(folder, "config.yml")], { stdio: ["ignore", "ignore", "pipe"] });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const close = async (): Promise<void> => {
    child.kill("SIGKILL");
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  const address = await new Promise<string | null>((resolve) => {
    const timer = setTimeout(resolve, START_MS, null);
    const settle = (found: string | null) => {
      clearTimeout(timer);
      resolve(found);
    };
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      const [, found] = /listening on (127\.0\.0\.1:\d+)/.exec(said) ?? [];
      if (found !== undefined) settle(found);
    });
    void ended.then(() => settle(null));
  });
  if (address !== null) return { address, close };
  await close();
  throw new Error("the registry does not start");
};
