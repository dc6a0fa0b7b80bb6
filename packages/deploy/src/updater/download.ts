/** Gets a file over https, within limits of size and time. Through a proxy where Node is told to (NODE_USE_ENV_PROXY). */
import { UserError, userError } from "@touchstone/core/errors";
import { fetchReason } from "../cluster/fetch-reason.ts";
import { bodyWithin } from "../registry/body.ts";

const TIMEOUT_MS = 60_000;

/** Throws DOCUMENT_UNREADABLE, DOCUMENT_TOO_LARGE. */
export const download = async (address: string, bytesMax: number, signal: AbortSignal): Promise<Buffer> => {
  try {
    const answer = await fetch(address, { signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]) });
    if (!answer.ok || !answer.url.startsWith("https:")) {
      await answer.body?.cancel();
      throw new Error(answer.ok ? "it leads away from https" : `it answered with the status ${answer.status}`);
    }
    const body = await bodyWithin(answer, bytesMax);
    if (body !== null) return body;
    throw userError("DOCUMENT_TOO_LARGE", address, bytesMax);
  } catch (thrown) {
    if (thrown instanceof UserError) throw thrown;
    throw userError("DOCUMENT_UNREADABLE", address, fetchReason(thrown));
  }
};
