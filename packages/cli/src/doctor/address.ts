/** Where the installation answers: the port on this machine, and the address that browsers use. */
import { createServer } from "node:net";
import type { Config } from "@touchstone/server/config";
import { note, ok, problem, type Finding } from "@touchstone/core/model/finding";
import { reasonOf } from "./reason.ts";

/** An answer from this machine takes milliseconds; through a proxy some more. */
const ANSWER_MS = 5_000;

const LOCAL = ["127.0.0.1", "::1", "localhost"];
const ANY = ["0.0.0.0", "::"];

const urlOf = ({ host, port }: Config): string => {
  const name = ANY.includes(host) ? "127.0.0.1" : host;
  return `http://${name.includes(":") ? `[${name}]` : name}:${port}`;
};

/** How a control plane there stands: its word, or null where none answers as one. */
const phaseAt = async (url: string): Promise<string | null> => {
  try {
    const response = await fetch(`${url}/api/health`, { signal: AbortSignal.timeout(ANSWER_MS) });
    const body: unknown = await response.json();
    return body !== null && typeof body === "object" && "status" in body && typeof body.status === "string" ? body.status : null;
  } catch {
    return null;
  }
};

/** Null when the port could be listened on; else why not. */
const refusal = ({ host, port }: Config): Promise<unknown> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once("error", resolve);
    server.listen(port, host, () => server.close(() => resolve(null)));
  });

export type Answering = { findings: Finding[]; isRunning: boolean };

export const lookAtPort = async (config: Config): Promise<Answering> => {
  const phase = await phaseAt(urlOf(config));
  if (phase === "ok") return { findings: [ok("port", `a control plane answers at ${urlOf(config)}`)], isRunning: true };
  if (phase !== null)
    return {
      findings: [note("port", `a control plane at ${urlOf(config)} is ${phase}`, "one that takes requests", "wait, and look at its log")],
      isRunning: true,
    };
  const thrown = await refusal(config);
  if (thrown === null) return { findings: [ok("port", `${config.host} port ${config.port} is free`)], isRunning: false };
  return {
    findings: [
      problem(
        "port",
        `${config.host} port ${config.port}: ${reasonOf(thrown)}`,
        "a port of an address of this machine, of its own, and above 1023 for users without rights",
        "stop what listens there, or choose another with --port, --host, TOUCHSTONE_PORT or TOUCHSTONE_HOST",
      ),
    ],
    isRunning: false,
  };
};

const isLocal = (host: string): boolean => LOCAL.includes(host);

/** What the settings alone say about how people reach the installation. */
export const addressFindings = ({ base_url, host }: Config, identityProviders: number): Finding[] => {
  if (base_url === null) {
    if (identityProviders > 0)
      return [
        problem(
          "base URL",
          "none is set, and people sign in elsewhere",
          "TOUCHSTONE_BASE_URL: providers send browsers back to it",
          "set it",
        ),
      ];
    return isLocal(host)
      ? [ok("base URL", "none is set; this machine needs none")]
      : [
          note(
            "base URL",
            `others reach ${host}, and no base URL is set`,
            "https: this port speaks plain HTTP, and tokens travel over it",
            "put a proxy with TLS in front, and set TOUCHSTONE_BASE_URL and TOUCHSTONE_TRUSTED_PROXIES",
          ),
        ];
  }
  const url = new URL(base_url);
  return url.protocol === "https:" || isLocal(url.hostname)
    ? []
    : [note("base URL", `${base_url} is not https`, "https: passwords and tokens travel over it", "put a proxy with TLS in front")];
};

/** Whether the base URL leads here, asked only when there is something to lead to. */
export const lookAtBaseUrl = async ({ base_url }: Config, isRunning: boolean): Promise<Finding[]> => {
  if (base_url === null || !isRunning) return [];
  try {
    const response = await fetch(`${base_url}/livez`, { redirect: "manual", signal: AbortSignal.timeout(ANSWER_MS) });
    if (response.status === 200) return [ok("base URL", `${base_url} leads here`)];
    return [
      problem(
        "base URL",
        `${base_url}/livez answers ${response.status}`,
        "the answer of this control plane (200)",
        "look at the proxy in front",
      ),
    ];
  } catch (thrown) {
    const cause = thrown instanceof Error && thrown.cause !== undefined ? thrown.cause : thrown;
    return [
      problem(
        "base URL",
        `${base_url}: ${reasonOf(cause)}`,
        "an address that leads to this control plane, with a certificate that clients trust",
        "correct it, or the proxy in front; an authority of your own is made known with NODE_EXTRA_CA_CERTS",
      ),
    ];
  }
};
