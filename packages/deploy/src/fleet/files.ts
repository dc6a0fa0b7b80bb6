/** Files that are there whole, or as they were, after a power cut too: written beside, flushed, renamed, and the folder flushed. */
import { closeSync, fsyncSync, ftruncateSync, openSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";

const OWNER_ONLY = 0o600;

export type Files = {
  replace: (path: string, text: string) => void;
  /** Adds a line at `size`, where the last whole one ends. */
  append: (path: string, line: string, size: number) => void;
};

const flushed = (path: string, flags: string, work: (file: number) => void): void => {
  const file = openSync(path, flags, OWNER_ONLY);
  try {
    work(file);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
};

export const flushFolder = (folder: string): void => {
  const file = openSync(folder, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
};

/** Gives a file that was written beside its place the name that it is relied on by. */
export const settle = (unfinished: string, path: string): void => {
  flushed(unfinished, "r+", () => undefined);
  renameSync(unfinished, path);
  flushFolder(dirname(path));
};

export const FILES: Files = {
  replace: (path, text) => {
    const beside = `${path}.${process.pid}.new`;
    flushed(beside, "w", (file) => void writeSync(file, text));
    renameSync(beside, path);
    flushFolder(dirname(path));
  },
  append: (path, line, size) =>
    flushed(path, "a", (file) => {
      ftruncateSync(file, size);
      writeSync(file, `${line}\n`);
    }),
};
