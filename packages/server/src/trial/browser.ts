/** A browser for tests: it keeps the cookies of an installation, and says where an answer sends it. */
import type { Trial } from "./trial.ts";

export type Browser = {
  /** Goes to an address of the installation, whole or below `/api`; `cross` sends no cookies, as another site's form does. */
  go: (address: string, options?: { method?: string; form?: Record<string, string>; json?: unknown; cross?: boolean }) => Promise<Visit>;
  cookies: Map<string, string>;
};
export type Visit = { status: number; location: string; body: unknown };

export const openBrowser = (trial: Trial, base: string): Browser => {
  const cookies = new Map<string, string>();
  const go: Browser["go"] = async (address, { method, form, json, cross = false } = {}) => {
    const sent = form === undefined ? (json === undefined ? undefined : JSON.stringify(json)) : new URLSearchParams(form).toString();
    const response = await trial.browse(
      method ?? (sent === undefined ? "GET" : "POST"),
      address.replace(base, "").replace(/^\/api(?=\/)/, ""),
      {
        headers: {
          cookie: cross ? "" : [...cookies].map(([name, value]) => `${name}=${value}`).join("; "),
          origin: cross ? "https://elsewhere.example" : base,
          "x-touchstone-request": "1",
          "content-type": form === undefined ? "application/json" : "application/x-www-form-urlencoded",
        },
        ...(sent === undefined ? {} : { body: sent }),
      },
    );
    for (const line of response.headers.getSetCookie()) {
      const [pair = ""] = line.split(";");
      const at = pair.indexOf("=");
      cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
    const answer = await response.text();
    return {
      status: response.status,
      location: response.headers.get("location") ?? "",
      body: answer.startsWith("{") ? (JSON.parse(answer) as unknown) : answer,
    };
  };
  return { go, cookies };
};
