import { z } from "zod";
import { userError } from "@touchstone/core/errors";
import { Report } from "@touchstone/core/model/report";
import { RULES } from "@touchstone/core/rules/index";
import { checksSchema } from "../checks-schema.ts";
import type { Command } from "./command.ts";

const SCHEMAS: Record<string, () => unknown> = {
  report: () => z.toJSONSchema(Report, { unrepresentable: "any" }),
  checks: () => checksSchema(RULES),
};

/** JSON schemas for editors and consumers, generated from the program's own declarations. */
const command: Command = {
  usage: "schema <name>",
  summary: "print the JSON schema of checks or of the report",
  docs: "Prints a JSON schema (draft 2020-12): `checks` for the YAML that scan reads, `report` for the JSON that check and scan write.",
  options: [],
  examples: ["touchstone schema checks > checks.schema.json", "touchstone schema report"],
  run: async ([name], _values, { stdout }) => {
    const schema = SCHEMAS[name ?? ""];
    if (!schema) throw userError("OPTION_INVALID", name ?? "", `it is one of ${Object.keys(SCHEMAS).join(", ")}`);
    stdout.write(`${JSON.stringify(schema(), null, 2)}\n`);
    return 0;
  },
};
export default command;
