/** A login that a person approves in a browser (device authorization grant, RFC 8628), as the program sees it. */
import { userError, UserError } from "@touchstone/core/errors";
import { device } from "@touchstone/core/routes/device";
import type { Client } from "@touchstone/core/client/client";

/** By how much an interval grows when the server asks for it (RFC 8628 §3.5). */
const SLOWER_SECONDS = 5;

export type DeviceLogin = {
  clientName: string;
  days: number;
  wait: (ms: number) => Promise<void>;
  /** Told once what the person has to do. */
  onCode: (code: { url: string; urlWithCode: string; code: string; minutes: number }) => void;
};

/** A network that is gone for a moment must not end a login that the person may have approved already. */
const isPassing = (thrown: unknown): boolean =>
  thrown instanceof UserError && ["SERVER_UNREACHABLE", "SERVER_SILENT", "TOO_MANY_REQUESTS"].includes(thrown.info.code);

const answerTo = async (client: Client, deviceCode: string) => {
  try {
    return await client.ask(device.poll, { body: { device_code: deviceCode } });
  } catch (thrown) {
    if (isPassing(thrown)) return { status: "slow_down" as const };
    throw thrown;
  }
};

/** Throws LOGIN_ENDED when it is denied or nobody approves it in time. */
export const deviceLogin = async (client: Client, options: DeviceLogin): Promise<{ token: string; expires_at: string }> => {
  const begun = await client.ask(device.begin, { body: { client_name: options.clientName, days: options.days } });
  options.onCode({
    url: begun.verification_uri,
    urlWithCode: begun.verification_uri_complete,
    code: begun.user_code,
    minutes: Math.floor(begun.expires_in / 60),
  });
  let interval = begun.interval;
  for (let waited = 0; waited < begun.expires_in; waited += interval) {
    await options.wait(interval * 1000);
    const answer = await answerTo(client, begun.device_code);
    switch (answer.status) {
      case "approved":
        return answer;
      case "denied":
        throw userError("LOGIN_ENDED", client.server, "it was denied in the browser");
      case "expired":
        throw userError("LOGIN_ENDED", client.server, "its code has expired");
      case "slow_down":
        interval += SLOWER_SECONDS;
        break;
      case "pending":
        break;
    }
  }
  throw userError("LOGIN_ENDED", client.server, "its code has expired");
};
