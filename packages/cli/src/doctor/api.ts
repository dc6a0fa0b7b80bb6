/** The API as a pod beside it finds it: by plain http, or by https with the certificate of the cluster's own, which is looked at. */
import { readFile } from "node:fs/promises";
import { get as getPlain, type IncomingMessage } from "node:http";
import { get as getSecure } from "node:https";
import { TLSSocket } from "node:tls";
import { enoughTime, isLate, leftOf, type Validity } from "@touchstone/core/model/certificate-time";
import { note, ok, problem, type Finding } from "@touchstone/core/model/finding";
import { reasonOf } from "./reason.ts";

const ANSWER_MS = 5_000;
/** Who renews certificates does so earlier. */
const LATE_DAYS = 14;
const RUNBOOK = "docs/runbooks/internal-certificate.md";

/** What came of asking: the status, or why there was none; how long the certificate that was shown is good. */
export type Asked = { answer: number | string; isOfCertificate: boolean; aheadSeconds: number | null; validity: Validity | null };

/** `authority` is the file with the only authorities that count; null where the address is not https, or a known one issued it. */
export type Api = { server: string; authority: string | null };

const asked = (server: string, ca: string | null): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const options = { agent: false, signal: AbortSignal.timeout(ANSWER_MS) };
    const trust = ca === null ? {} : { ca, allowPartialTrustChain: true };
    const url = `${server}/readyz`;
    const sent = server.startsWith("https:") ? getSecure(url, { ...options, ...trust }, resolve) : getPlain(url, options, resolve);
    sent.once("error", reject);
  });

const validityIn = ({ socket }: IncomingMessage): Validity | null => {
  const shown = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;
  return shown === undefined ? null : { validFrom: new Date(shown.validFrom), validTo: new Date(shown.validTo) };
};

/** Codes of OpenSSL, and of Node's own look at the name. */
const isOfCertificate = (thrown: unknown): boolean =>
  thrown instanceof Error && "code" in thrown && /CERT|SIGNATURE|ISSUER|ALTNAME/.test(String(thrown.code));

export const askApi = async ({ server, authority }: Api): Promise<Asked> => {
  const none = { isOfCertificate: false, aheadSeconds: null, validity: null };
  try {
    const ca = authority === null ? null : await readFile(authority, "utf8").catch(() => "");
    if (ca === "") return { ...none, answer: `the file ${authority} with its authority cannot be read`, isOfCertificate: true };
    const response = await asked(server, ca);
    response.resume();
    const { date } = response.headers;
    return {
      answer: response.statusCode ?? 0,
      isOfCertificate: false,
      aheadSeconds: date === undefined ? null : Math.round((Date.parse(date) - Date.now()) / 1000),
      validity: validityIn(response),
    };
  } catch (thrown) {
    const isLate = thrown instanceof Error && thrown.name === "AbortError";
    return { ...none, answer: isLate ? "no answer came in time" : reasonOf(thrown), isOfCertificate: isOfCertificate(thrown) };
  }
};

const certificateFindings = (validity: Validity | null, now: Date): Finding[] => {
  if (validity === null) return [];
  const end = validity.validTo.toISOString().slice(0, 10);
  return isLate(validity, now, LATE_DAYS)
    ? [
        note(
          "api",
          `its certificate inside the cluster ends on ${end}, in ${leftOf(validity, now)}`,
          enoughTime(LATE_DAYS),
          `look at who renews it: ${RUNBOOK}`,
        ),
      ]
    : [ok("api", `its certificate inside the cluster is good for its name, by its authority, until ${end}`)];
};

export const judgeApi = (server: string, { answer, validity, isOfCertificate: isCertificate }: Asked, now: Date): Finding[] => {
  if (answer === 200) return [ok("api", `${server} takes requests`), ...certificateFindings(validity, now)];
  const found = typeof answer === "number" ? `${server}/readyz answers ${answer}` : `${server}: ${answer}`;
  return isCertificate
    ? [
        problem(
          "api",
          found,
          "a certificate for this name that is valid, of the authority beside it (ca.crt)",
          `correct the Secret that internalTls names: ${RUNBOOK}`,
        ),
      ]
    : [problem("api", found, "an API that takes requests (200)", "look at its pods and their logs: kubectl describe pod, kubectl logs")];
};
