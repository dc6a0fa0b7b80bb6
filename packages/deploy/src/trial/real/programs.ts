/** The programs of a real cluster, on the loopback: etcd, the API server, the controllers, the scheduler. No nodes: `nodes.ts` pretends them. */
import { spawn, type ChildProcess } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { openSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathOf, type Program } from "../../tools/kubernetes.ts";
import { writeKubeconfig } from "../kubeconfig.ts";
import { mapOf } from "../objects.ts";
import { CERTIFICATE, CERTIFICATE_KEY } from "../tls.ts";
import { MASTER, openApi, type Api } from "./api.ts";

/** Two or three seconds where nothing else runs. */
const START_MS = 120_000;
const LOOK_MS = 100;
/** Of a log, when a program did not start: the reason is at the end. */
const TAIL_CHARACTERS = 2000;

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });

type Ports = { etcd: number; peers: number; api: number };

const loopback = (port: number): string => `http://127.0.0.1:${port}`;

export const flags = (given: Readonly<Record<string, string | number | boolean>>): string[] =>
  Object.entries(given).map(([name, value]) => `--${name}=${value}`);

/** Of the only one there is, at these addresses. */
export const etcdFlags = (folder: string, clients: string, peers: string): string[] =>
  flags({
    name: "trial",
    "data-dir": join(folder, "etcd"),
    "listen-client-urls": clients,
    "advertise-client-urls": clients,
    "listen-peer-urls": peers,
    "initial-advertise-peer-urls": peers,
    "initial-cluster": `trial=${peers}`,
    // What a test keeps need not outlive the machine.
    "unsafe-no-fsync": true,
    "log-level": "warn",
  });

/** Who is let in: people by their token, ServiceAccounts by one that the key of this folder has signed. */
export const accountsOf = (folder: string): Readonly<Record<string, string>> => ({
  "token-auth-file": join(folder, "tokens.csv"),
  "service-account-issuer": "https://kubernetes.default.svc",
  "service-account-key-file": join(folder, "accounts.pub"),
  "service-account-signing-key-file": join(folder, "accounts.key"),
});

const apiFlags = (folder: string, { etcd, api }: Ports): string[] =>
  flags({
    "etcd-servers": loopback(etcd),
    "bind-address": "127.0.0.1",
    "secure-port": api,
    "tls-cert-file": join(folder, "tls.crt"),
    "tls-private-key-file": join(folder, "tls.key"),
    "service-cluster-ip-range": "10.96.0.0/16",
    "endpoint-reconciler-type": "none",
    "authorization-mode": "RBAC",
    "enable-admission-plugins": "NodeRestriction,PodSecurity",
    ...accountsOf(folder),
    "authentication-token-webhook-config-file": join(folder, "who.kubeconfig"),
    "authentication-token-webhook-version": "v1",
    // A test takes a person's access away and asks at once.
    "authentication-token-webhook-cache-ttl": "0s",
    profiling: false,
  });

const controllerFlags = (folder: string): string[] =>
  flags({
    kubeconfig: join(folder, "kubeconfig"),
    "service-account-private-key-file": join(folder, "accounts.key"),
    "root-ca-file": join(folder, "tls.crt"),
    "leader-elect": false,
    "secure-port": 0,
    // Our nodes say once that they are ready, whatever else the machine has to do.
    "node-monitor-grace-period": "24h",
    "kube-api-qps": 200,
    "kube-api-burst": 400,
  });

const schedulerFlags = (folder: string): string[] =>
  flags({ kubeconfig: join(folder, "kubeconfig"), "leader-elect": false, "secure-port": 0 });

const writeFiles = async (folder: string, { api }: Ports, nodesPort: number): Promise<string> => {
  const accounts = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
  });
  const files = {
    "tls.crt": CERTIFICATE,
    "tls.key": CERTIFICATE_KEY,
    "accounts.pub": accounts.publicKey,
    "accounts.key": accounts.privateKey,
    "tokens.csv": `${MASTER},trial,1,system:masters\n`,
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content, { mode: 0o600 });
  await writeKubeconfig(`https://127.0.0.1:${nodesPort}/who`, join(folder, "who.kubeconfig"), "unasked");
  return writeKubeconfig(`https://127.0.0.1:${api}`, join(folder, "kubeconfig"), MASTER);
};

export type Running = { child: ChildProcess; log: string; program: string };

const start = (program: Program, args: readonly string[], folder: string): Running => {
  const log = join(folder, `${program}.log`);
  const out = openSync(log, "a");
  // Whatever ends the test, even a kill: its programs end with it.
  const whole = ["--pdeathsig", "KILL", "--", pathOf(program), ...args];
  return {
    child: spawn("setpriv", whole, { stdio: ["ignore", out, out], cwd: folder, env: { HOME: folder, PATH: process.env["PATH"] } }),
    log,
    program,
  };
};

/** Waits until something is so. Throws when a program has ended, or patience has. */
export const until = async (isSo: () => Promise<boolean>, what: string, running: readonly Running[]): Promise<void> => {
  for (const end = Date.now() + START_MS; ; await sleep(LOOK_MS)) {
    if (await isSo().catch(() => false)) return;
    const ended = running.find(({ child }) => child.exitCode !== null || child.signalCode !== null);
    const slow = running.at(-1);
    const [guilty, why] = ended === undefined ? [slow, `${what} takes too long`] : [ended, `${ended.program} ended`];
    if (ended !== undefined || Date.now() > end)
      throw new Error(`${why}: ${guilty === undefined ? "" : readFileSync(guilty.log, "utf8").slice(-TAIL_CHARACTERS)}`);
  }
};

export type Programs = { api: Api; port: number; kubeconfig: string; close: () => Promise<void> };

/** Whether the roles that every cluster has are put together: a controller does it, from their parts. */
export const hasRoles = async (api: Api): Promise<boolean> => {
  const role = await api.good("GET", "/apis/rbac.authorization.k8s.io/v1/clusterroles/admin");
  const account = await api.ask("GET", "/api/v1/namespaces/default/serviceaccounts/default");
  return Array.isArray(role["rules"]) && role["rules"].length > 0 && account.status === 200;
};

/** Starts all four in a folder, which keeps their data and logs. `nodesPort`: who answers for the nodes, and says who a token is. */
export const startPrograms = async (folder: string, nodesPort: number): Promise<Programs> => {
  const ports: Ports = { etcd: await freePort(), peers: await freePort(), api: await freePort() };
  const kubeconfig = await writeFiles(folder, ports, nodesPort);
  const running: Running[] = [];
  const killAll = (): void => {
    for (const { child } of running) child.kill("SIGKILL");
  };
  process.once("exit", killAll);
  const api = openApi({ host: "127.0.0.1", port: ports.api, authority: CERTIFICATE });
  const close = async (): Promise<void> => {
    api.close();
    killAll();
    await Promise.all(
      running.map(({ child }) => (child.exitCode ?? child.signalCode) || new Promise((resolve) => child.once("exit", resolve))),
    );
    process.off("exit", killAll);
  };
  try {
    running.push(start("etcd", etcdFlags(folder, loopback(ports.etcd), loopback(ports.peers)), folder));
    running.push(start("kube-apiserver", apiFlags(folder, ports), folder));
    await until(async () => (await api.ask("GET", "/readyz")).status === 200, "the API server", running);
    running.push(start("kube-controller-manager", controllerFlags(folder), folder));
    running.push(start("kube-scheduler", schedulerFlags(folder), folder));
    await until(() => hasRoles(api), "the controllers", running);
    return { api, port: ports.api, kubeconfig, close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
};

export const versionOf = async (api: Api): Promise<string> => String(mapOf(await api.good("GET", "/version"))["gitVersion"]);
