#!/usr/bin/env node
/** The command line: finds the command, runs it, turns what came of it into text and an exit status. */
import { enableCompileCache } from "node:module";

// Type stripping and compiling of some two hundred small files is most of a cold start; the cache makes later ones quick.
enableCompileCache();
const { runCommandLine } = await import("./run.ts");
await runCommandLine(process.argv.slice(2));
