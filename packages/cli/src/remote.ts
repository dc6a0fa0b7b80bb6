/** Messages to a control plane over HTTP, as a dataplane sends them: outward only, through a proxy and with a CA of the company where the environment names them. */
import type { Send } from "@touchstone/engine/worker/client";

/** Answers of the protocol are metadata; more than this is not one. */
const ANSWER_BYTES_MAX = 64 * 1024 ** 2;

const parsed = (text: string): unknown => {
  try {
    return text === "" ? null : JSON.parse(text);
  } catch {
    return null;
  }
};

/** Sends below the `/api` of a server. The proxy is Node's own (NODE_USE_ENV_PROXY with HTTPS_PROXY), the CA that of NODE_EXTRA_CA_CERTS. */
export const sendTo =
  (server: string): Send =>
  async (path, body, { token, signal, timeoutMs }) => {
    const signals = [signal, timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs)].filter((each) => each !== undefined);
    const response = await fetch(`${server.replace(/\/+$/, "")}/api${path}`, {
      method: "POST",
      redirect: "error",
      headers: { "content-type": "application/json", ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
      body: JSON.stringify(body),
      signal: signals.length === 0 ? null : AbortSignal.any(signals),
    });
    const text = await response.text();
    if (text.length > ANSWER_BYTES_MAX) throw new Error("the answer is too long to be one of the protocol");
    return { status: response.status, body: parsed(text) };
  };
