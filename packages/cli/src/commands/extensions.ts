import { userError } from "@touchstone/core/errors";
import { addExtension, extensionFolder, installedExtensions } from "@touchstone/engine/connectors/files/extensions";
import type { Command } from "./command.ts";

/** DuckDB extensions are accelerators for remote files; Touchstone never downloads one. */
const command: Command = {
  usage: "extensions <action> [file]",
  summary: "list DuckDB extensions, or add one from a file",
  docs: "`list` shows which extensions are installed and where; `add FILE` puts a signed .duckdb_extension file of this engine version in place.",
  options: [],
  examples: ["touchstone extensions list", "touchstone extensions add httpfs.duckdb_extension"],
  run: async ([action, file], _values, { stdout }) => {
    if (action === "list") stdout.write(`${[extensionFolder(), ...installedExtensions().map((name) => `  ${name}`)].join("\n")}\n`);
    else if (action === "add" && file) stdout.write(`${addExtension(file)}\n`);
    else throw userError("OPTION_INVALID", action ?? "", "it is list, or add FILE");
    return 0;
  },
};
export default command;
