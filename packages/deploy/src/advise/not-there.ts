/** What is not there yet and matters to a choice: said wherever an answer or a model leads to it, and nowhere recommended. */
import type { When } from "./answers.ts";
import { MODEL_NAMES, type ModelName } from "./rules.ts";

export type NotThere = {
  what: string;
  meanwhile: string;
  models: readonly ModelName[];
  when: When;
};

/** Answers with which nothing that matters can be done yet, whatever model is taken. */
export const STOPS: readonly { when: When; reason: string }[] = [
  {
    when: { databricks: ["all"] },
    reason: "all that matters is in Databricks, which Touchstone does not read yet. The model that is advised would fit once it does.",
  },
];

export const NOT_THERE: readonly NotThere[] = [
  {
    what: "The dataplane as a job in a Databricks workspace is not built yet, and nothing else of Touchstone reads Databricks. What is only there cannot be checked.",
    meanwhile: "What is also in Postgres, DuckDB, Parquet, CSV or JSON can be.",
    models: MODEL_NAMES,
    when: { databricks: ["some", "all"] },
  },
  {
    what: "Other datastores than files, DuckDB and Postgres cannot be read yet.",
    meanwhile: "docs/sources.md says what is read.",
    models: MODEL_NAMES,
    when: {},
  },
  {
    what: "There is no web application yet.",
    meanwhile: "People work by commands, the API and reports.",
    models: MODEL_NAMES,
    when: {},
  },
  {
    what: "Images are not published yet.",
    meanwhile:
      "They are built from the source, as root with buildah by packages/deploy/src/images/build.ts, and pushed to a registry of yours.",
    models: ["platform", "customer"],
    when: {},
  },
  {
    what: "The Terraform templates were tested with mocked clouds and applied to none yet.",
    meanwhile: "Read the plan before it is applied, and begin with an account that holds nothing else.",
    models: ["platform"],
    when: {},
  },
  {
    what: "The chart was tested with the real Helm against an API server in memory, and on no real cluster with its network, volumes and ingress yet.",
    meanwhile: "Try a restore and a rollback before others rely on it.",
    models: ["platform", "customer"],
    when: {},
  },
];
