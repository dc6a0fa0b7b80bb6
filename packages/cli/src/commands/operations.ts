import type { Client } from "@touchstone/core/client/client";
import { allItems } from "@touchstone/core/client/client";
import { userError } from "@touchstone/core/errors";
import { AI_EFFORTS } from "@touchstone/core/model/operation-options";
import { OperationResult } from "@touchstone/core/model/work";
import { operations } from "@touchstone/core/routes/operations";
import { LIST_OPTIONS, printList, tellOfMore } from "../service/listing.ts";
import { datastoreNamed, datastoresNamed, idGiven } from "../service/lookup.ts";
import { moment, outcomeText, stateLine, stateWriter } from "../service/operation-text.ts";
import { openSession, SERVER_OPTIONS } from "../service/session.ts";
import { pausing } from "../service/pause.ts";
import { watchOperation, type OperationState } from "../service/watch-operation.ts";
import {
  flag,
  list as given,
  text,
  type Command,
  type ExitStatus,
  type Group,
  type Option,
  type Terminal,
  type Values,
} from "./command.ts";
import { pairs, whole } from "./settings.ts";

const TYPES = ["sync", "profile", "scan"] as const;
type Type = (typeof TYPES)[number];
const isType = (word: string): word is Type => TYPES.some((type) => type === word);

const LIST_ROWS = 50;
const LIST_ROWS_MAX = 100_000;
/** Containers that are looked at for what went wrong: those that failed come first. */
const CONTAINERS_SHOWN = 20;

const OUTCOME_OPTIONS: readonly Option[] = [
  {
    flags: "--fail-on <what>",
    docs: "exit status 1 when a scan found anomalies, or could not assert a check, too; implies --watch",
    choices: ["anomalies", "unasserted", "never"],
    default: "never",
  },
  { flags: "--json", docs: "the operation as JSON" },
];

/** 2 for an operation that did not succeed; 1 for what --fail-on names. */
const statusOf = ({ result, status }: OperationState, failOn: string): ExitStatus => {
  if (result !== "success") return 2;
  const unasserted = failOn === "unasserted" ? (status["checks_unasserted"] ?? 0) : 0;
  return failOn !== "never" && (status["checks_failed"] ?? 0) + unasserted > 0 ? 1 : 0;
};

const failedContainers = async (client: Client, id: number) =>
  (await client.ask(operations.containers, { params: { id }, query: { size: CONTAINERS_SHOWN } })).items;

const watched = async (client: Client, id: number, values: Values, { stdout, stderr, signal }: Terminal): Promise<ExitStatus> => {
  const writer = stateWriter(stderr);
  try {
    const state = await watchOperation(client, id, { onState: writer.write, wait: pausing(signal) });
    writer.done();
    stdout.write(flag(values, "json") ? `${JSON.stringify(state, null, 2)}\n` : outcomeText(state, await failedContainers(client, id)));
    return statusOf(state, text(values, "failOn") ?? "never");
  } catch (thrown) {
    writer.done();
    if (!signal.aborted) throw thrown;
    stderr.write(`operation ${id} goes on: touchstone operations abort ${id} stops it\n`);
    return 2;
  }
};

const typeGiven = (word: string): Type => {
  if (isType(word)) return word;
  throw userError("OPTION_INVALID", word, `an operation is one of ${TYPES.join(", ")}`);
};

/** What is asked: options that were not given are left to the server. */
const optionsOf = (values: Values) => {
  const containers = given(values, "container");
  const variables = pairs(values, "var");
  const on = (name: string): true | undefined => (flag(values, name) ? true : undefined);
  return {
    container_names: containers.length === 0 ? undefined : containers,
    prune: on("prune"),
    recreate: on("recreate"),
    ai_effort: AI_EFFORTS.find((effort) => effort === text(values, "effort")),
    infer_as_draft: on("draft"),
    incremental: on("incremental"),
    max_records_analyzed_per_partition: whole(values, "maxRecords", 1, 1_000_000_000),
    check_variables: variables.size === 0 ? undefined : Object.fromEntries(variables),
  };
};

const run: Command = {
  usage: "run <type>",
  summary: "start an operation: sync, profile or scan",
  docs:
    "Starts an operation on a datastore, and with --watch shows it until it is over. Exit status 0 when it succeeded (without --watch: when it was taken), 1 for what --fail-on names, 2 when it did not " +
    "succeed. Ctrl-C stops the watching, not the operation.",
  options: [
    { flags: "-d, --datastore <name>", docs: "name or number of the datastore" },
    { flags: "-c, --container <name>", docs: "only this container (repeatable)", repeatable: true },
    { flags: "-w, --watch", docs: "show it until it is over" },
    ...OUTCOME_OPTIONS,
    { flags: "--prune", docs: "sync: take away what is no longer there" },
    { flags: "--recreate", docs: "sync: bring back what was taken away and is there again" },
    { flags: "--effort <effort>", docs: "profile: how much inference may claim", choices: AI_EFFORTS },
    { flags: "--draft", docs: "profile: inferred checks become drafts" },
    { flags: "--incremental", docs: "scan: row rules look only at rows beyond the last checkpoint" },
    { flags: "--max-records <n>", docs: "profile and scan: rows looked at per partition" },
    { flags: "--var <name=value>", docs: "scan: value of a check variable {{ name }} (repeatable)", repeatable: true },
    ...SERVER_OPTIONS,
  ],
  examples: [
    "touchstone operations run sync -d landing --watch",
    "touchstone operations run scan -d landing -c orders --fail-on anomalies",
  ],
  run: async ([word = ""], values, terminal) => {
    const type = typeGiven(word);
    const name = text(values, "datastore");
    if (name === undefined) throw userError("OPTION_INVALID", "--datastore", "it says what the operation looks at");
    const client = openSession(values, terminal);
    const { id: datastore_id } = await datastoreNamed(client, name);
    const state = await client.ask(operations.run, { body: { type, datastore_id, ...optionsOf(values) } });
    if (flag(values, "watch") || text(values, "failOn") !== "never") return watched(client, state.id, values, terminal);
    terminal.stdout.write(flag(values, "json") ? `${JSON.stringify(state, null, 2)}\n` : `${stateLine(state)}\n`);
    return 0;
  },
};

const watch: Command = {
  usage: "watch <id>",
  summary: "show an operation until it is over",
  docs: "Follows an operation by the server's events, and by asking where they do not come through. Exit status as of run.",
  options: [...OUTCOME_OPTIONS, ...SERVER_OPTIONS],
  examples: ["touchstone operations watch 7", "touchstone operations watch 7 --fail-on anomalies"],
  run: ([id = ""], values, terminal) => watched(openSession(values, terminal), idGiven(id, "operation"), values, terminal),
};

const list: Command = {
  usage: "list",
  summary: "operations, the newest first",
  docs: "Lists operations with how they ended.",
  options: [
    { flags: "-d, --datastore <name>", docs: "only of this datastore (repeatable)", repeatable: true },
    { flags: "--type <type>", docs: "only of this type", choices: TYPES },
    { flags: "--result <result>", docs: "only those that stand so (repeatable)", repeatable: true },
    { flags: "-n, --limit <n>", docs: "most operations", default: String(LIST_ROWS) },
    ...LIST_OPTIONS,
    ...SERVER_OPTIONS,
  ],
  examples: ["touchstone operations list -d landing", "touchstone operations list --result failure --json"],
  run: async (_args, values, terminal) => {
    const client = openSession(values, terminal);
    const datastore = await datastoresNamed(client, given(values, "datastore"));
    const query = {
      datastore: datastore.length === 0 ? undefined : datastore,
      operation_type: TYPES.find((type) => type === text(values, "type")),
      result: resultsGiven(values),
    };
    let total = 0;
    const page = async (paging: { page: number; size: number }) => {
      const answer = await client.ask(operations.list, { query: { ...query, ...paging } });
      total = answer.total;
      return answer;
    };
    const shown = await printList(
      allItems(page, whole(values, "limit", 1, LIST_ROWS_MAX)),
      [
        { head: "id", of: ({ id }) => String(id), alignRight: true },
        { head: "type", of: ({ type }) => type },
        { head: "datastore", of: ({ datastore: { name } }) => name },
        { head: "result", of: ({ result }) => result },
        { head: "created", of: ({ created }) => moment(created) },
        { head: "by", of: ({ triggered_by }) => triggered_by ?? "" },
        { head: "message", of: ({ message }) => message ?? "" },
      ],
      "there are no operations like that",
      { values, stdout: terminal.stdout },
    );
    tellOfMore(shown, total, { values, stderr: terminal.stderr });
    return 0;
  },
};

const resultsGiven = (values: Values): OperationResult[] | undefined => {
  const words = given(values, "result");
  return words.length === 0
    ? undefined
    : words.map((word) => {
        const { data } = OperationResult.safeParse(word.toLowerCase());
        if (data === undefined) throw userError("OPTION_INVALID", `--result ${word}`, `it is one of ${OperationResult.options.join(", ")}`);
        return data;
      });
};

const show: Command = {
  usage: "show <id>",
  summary: "an operation as it stands, with what went wrong",
  docs: "Shows what an operation has counted so far, and the containers that did not succeed.",
  options: [{ flags: "--json", docs: "as JSON" }, ...SERVER_OPTIONS],
  examples: ["touchstone operations show 7"],
  run: async ([word = ""], values, terminal) => {
    const client = openSession(values, terminal);
    const id = idGiven(word, "operation");
    const state = await client.ask(operations.get, { params: { id } });
    const containers = await failedContainers(client, id);
    terminal.stdout.write(flag(values, "json") ? `${JSON.stringify({ ...state, containers }, null, 2)}\n` : outcomeText(state, containers));
    return 0;
  },
};

const abort: Command = {
  usage: "abort <id>",
  summary: "ask an operation to stop",
  docs: "What an operation has finished stays; one that is over stays as it is.",
  options: SERVER_OPTIONS,
  examples: ["touchstone operations abort 7"],
  run: async ([word = ""], values, terminal) => {
    const state = await openSession(values, terminal).ask(operations.abort, { params: { id: idGiven(word, "operation") } });
    terminal.stdout.write(`${stateLine(state)}\n`);
    return 0;
  },
};

/** What a server does with the data. */
const group: Group = {
  usage: "operations",
  summary: "run, watch, list and abort operations on a server",
  docs: "Operations of a server: sync finds containers, profile learns what is in them and which checks fit, scan asserts the checks.",
  commands: [run, watch, list, show, abort],
};
export default group;
