/** Gets a file over https, within limits of size and time. Through a proxy where Node is told to (NODE_USE_ENV_PROXY). */
import { userError } from "@touchstone/core/errors";
import { fetchReason } from "../cluster/fetch-reason.ts";

const TIMEOUT_MS = 60_000;

const bodyWithin = async (answer: Response, bytesMax: number): Promise<Buffer> => {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of answer.body ?? []) {
    bytes += part.byteLength;
    if (bytes > bytesMax) throw new Error(`it has more than ${bytesMax} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts);
};

/** Throws DOCUMENT_UNREADABLE. */
export const download = async (address: string, bytesMax: number, signal: AbortSignal): Promise<Buffer> => {
  try {
    const answer = await fetch(address, { signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]) });
    if (!answer.ok || !answer.url.startsWith("https:")) {
      await answer.body?.cancel();
      throw new Error(answer.ok ? "it leads away from https" : `it answered with the status ${answer.status}`);
    }
    return await bodyWithin(answer, bytesMax);
  } catch (thrown) {
    throw userError("DOCUMENT_UNREADABLE", address, fetchReason(thrown));
  }
};
