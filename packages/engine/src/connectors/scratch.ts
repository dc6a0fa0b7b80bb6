/** For tests: a folder of files written on the spot, and an engine that may write into it. Removed when the test ends. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { duckdb } from "../dialects/duckdb.ts";
import { openSlot } from "../slot/slot.ts";
import type { Slot, SlotSettings } from "../slot/slot.ts";

export type Scratch = {
  folder: string;
  path: (name: string) => string;
  write: (name: string, content: string | Uint8Array) => string;
  remove: () => void;
};

export const scratch = (): Scratch => {
  const folder = mkdtempSync(join(tmpdir(), "touchstone-test-"));
  const path = (name: string): string => join(folder, name);
  return {
    folder,
    path,
    write(name, content) {
      mkdirSync(dirname(path(name)), { recursive: true });
      writeFileSync(path(name), content);
      return path(name);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
};

/** An engine that may read and write the folder. */
export const scratchSlot = (at: Scratch, settings: Partial<SlotSettings> = {}): Promise<Slot> => {
  const tempFolder = mkdtempSync(join(tmpdir(), "touchstone-test-slot-"));
  return openSlot(
    {
      memory: "500MB",
      threads: 2,
      tempFolder,
      tempBytesMax: 1e9,
      target: "the test",
      setup: [],
      allowedPaths: [],
      allowedDirectories: [at.folder],
      extensionFolder: join(tempFolder, "extensions"),
      ...settings,
    },
    duckdb,
  );
};
