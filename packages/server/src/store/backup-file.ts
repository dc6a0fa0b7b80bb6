/**
 * The bytes of a file, opened when somebody begins to read them: an error of a stream that nobody listens to yet would end the process, and before a
 * backup is read its store is looked at.
 */
import { createReadStream } from "node:fs";

export async function* fileBytes(path: string): AsyncGenerator<Uint8Array> {
  yield* createReadStream(path);
}
