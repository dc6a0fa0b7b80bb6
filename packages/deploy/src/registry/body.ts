/** What an answer carries, up to a limit; null where it is more, and then the rest is not read. */
export const bodyWithin = async (answer: Response, bytesMax: number): Promise<Buffer | null> => {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of answer.body ?? []) {
    bytes += part.byteLength;
    if (bytes > bytesMax) return null;
    parts.push(part);
  }
  return Buffer.concat(parts);
};
