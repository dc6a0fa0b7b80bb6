import { allItems, type Client } from "@touchstone/core/client/client";
import { userError } from "@touchstone/core/errors";
import { AnomalyStatus, ArchivedStatus } from "@touchstone/core/model/anomaly-status";
import { anomalies } from "@touchstone/core/routes/anomalies";
import { cell, count, counted } from "../formats/words.ts";
import { LIST_OPTIONS, printList, printOne, tableText, tellOfMore } from "../service/listing.ts";
import { containersNamed, datastoresNamed, idGiven } from "../service/lookup.ts";
import { moment } from "../service/operation-text.ts";
import { openSession, SERVER_OPTIONS } from "../service/session.ts";
import { flag, list as given, text, type Command, type Group, type Terminal, type Values } from "./command.ts";
import { whole } from "./settings.ts";

const LIST_ROWS = 50;
const LIST_ROWS_MAX = 1_000_000;
const MESSAGE_CHARACTERS = 100;
const DAYS_MAX = 3650;
const RECORDS_MAX = 10_000;

const statusesGiven = (values: Values): AnomalyStatus[] | undefined => {
  const words = given(values, "status");
  if (words.length === 0) return undefined;
  return words.map((word) => {
    const found = AnomalyStatus.options.find((status) => status.toLowerCase() === word.toLowerCase());
    if (found === undefined) throw userError("OPTION_INVALID", `--status ${word}`, `it is one of ${AnomalyStatus.options.join(", ")}`);
    return found;
  });
};

const orNone = <T>(items: T[]): T[] | undefined => (items.length === 0 ? undefined : items);

/** The filters by name, as the server takes them: by number. */
const filtersOf = async (client: Client, values: Values) => {
  const datastore = await datastoresNamed(client, given(values, "datastore"));
  const container = await containersNamed(client, datastore, given(values, "container"));
  return {
    datastore: orNone(datastore),
    container: orNone(container),
    field: orNone(given(values, "field")),
    rule_type: orNone(given(values, "rule")),
    tag: orNone(given(values, "tag")),
    status: statusesGiven(values),
    timeframe: whole(values, "days", 1, DAYS_MAX),
    search: text(values, "search"),
    sort_weight: text(values, "sort") === "weight" ? ("desc" as const) : undefined,
  };
};

const list: Command = {
  usage: "list",
  summary: "anomalies, the newest first; without --status the open ones",
  docs: "Lists anomalies with what they say. Filters narrow each other; one that is given several times takes either.",
  options: [
    { flags: "-d, --datastore <name>", docs: "only of this datastore (repeatable)", repeatable: true },
    { flags: "-c, --container <name>", docs: "only of this container (repeatable)", repeatable: true },
    { flags: "--status <status>", docs: `only those that stand so: ${AnomalyStatus.options.join(", ")} (repeatable)`, repeatable: true },
    { flags: "--rule <type>", docs: "only those that a check of this rule found (repeatable)", repeatable: true },
    { flags: "--field <name>", docs: "only about this field (repeatable)", repeatable: true },
    { flags: "--tag <name>", docs: "only with this tag (repeatable)", repeatable: true },
    { flags: "--days <n>", docs: "not older than so many days" },
    { flags: "--search <text>", docs: "only those that say this" },
    {
      flags: "--sort <what>",
      docs: "what comes first: the newest, or what weighs most",
      choices: ["created", "weight"],
      default: "created",
    },
    { flags: "-n, --limit <n>", docs: "most anomalies", default: String(LIST_ROWS) },
    ...LIST_OPTIONS,
    ...SERVER_OPTIONS,
  ],
  examples: [
    "touchstone anomalies list -d landing -c orders",
    "touchstone anomalies list --status Acknowledged --ndjson | jq .message",
    "touchstone anomalies list --days 1 --sort weight",
  ],
  run: async (_args, values, terminal) => {
    const client = openSession(values, terminal);
    const query = await filtersOf(client, values);
    let total = 0;
    const page = async (paging: { page: number; size: number }) => {
      const answer = await client.ask(anomalies.list, { query: { ...query, ...paging } });
      total = answer.total;
      return answer;
    };
    const shown = await printList(
      allItems(page, whole(values, "limit", 1, LIST_ROWS_MAX)),
      [
        { head: "id", of: ({ id }) => String(id), alignRight: true },
        { head: "status", of: ({ status }) => status },
        { head: "weight", of: ({ weight }) => String(weight), alignRight: true },
        { head: "container", of: ({ datastore, container }) => `${datastore.name}.${container.name}` },
        { head: "records", of: ({ anomalous_records_count }) => count(anomalous_records_count), alignRight: true },
        { head: "created", of: ({ created }) => moment(created) },
        { head: "message", of: ({ description }) => cell(description, MESSAGE_CHARACTERS) },
      ],
      "there are no anomalies like that",
      { values, stdout: terminal.stdout },
    );
    tellOfMore(shown, total, { values, stderr: terminal.stderr });
    return 0;
  },
};

const show: Command = {
  usage: "show <id>",
  summary: "one anomaly: the checks that failed, and with --records its rows",
  docs: "Shows an anomaly. Its rows are fetched from the enrichment datastore, where there is one; fields that are masked stay masked.",
  options: [{ flags: "--records <n>", docs: "also so many of its rows" }, { flags: "--json", docs: "as JSON" }, ...SERVER_OPTIONS],
  examples: ["touchstone anomalies show 12", "touchstone anomalies show 12 --records 5"],
  run: async ([word = ""], values, terminal) => {
    const client = openSession(values, terminal);
    const id = idGiven(word, "anomaly");
    const one = await client.ask(anomalies.get, { params: { id } });
    const limit = whole(values, "records", 1, RECORDS_MAX);
    const records = limit === undefined ? null : await client.ask(anomalies.sourceRecords, { params: { id }, query: { limit } });
    printOne(
      records === null ? one : { ...one, source_records: records },
      [
        ["anomaly", `${one.id} (${one.type}, ${counted(one.anomalous_records_count, "record")})`],
        ["status", one.status],
        ["container", `${one.datastore.name}.${one.container.name}`],
        ["message", one.description],
        ...(one.row === null ? [] : [["row", [one.partition, count(one.row)].filter((part) => part !== null).join(" ")] as const]),
        ...one.failed_checks.map(
          ({ quality_check, message }) => ["failed check", `${quality_check.id} ${quality_check.description}: ${message}`] as const,
        ),
        ["assignees", one.assignees.map(({ name }) => name).join(", ") || "nobody"],
        ["comments", count(one.comments_count)],
        ["created", moment(one.created)],
      ],
      { values, stdout: terminal.stdout },
    );
    if (records === null || flag(values, "json")) return 0;
    if (records.error !== null) terminal.stderr.write(`warning: ${records.error.what}: ${records.error.why}\n`);
    const columns = records.fields.map((head, i) => ({ head, of: (row: unknown[]) => cell(row[i]) }));
    terminal.stdout.write(`\n${records.rows.length === 0 ? "no rows are kept of it\n" : tableText(records.rows, columns)}`);
    return 0;
  },
};

/** Every anomaly that is named, all or none. */
const idsGiven = (words: readonly string[]): number[] => [...new Set(words.map((word) => idGiven(word, "anomaly")))];

/** A command that moves anomalies to a status. */
const moving = (
  words: Pick<Command, "usage" | "summary" | "docs" | "examples"> & { options?: Command["options"] },
  move: (client: Client, ids: number[], values: Values) => Promise<string>,
): Command => ({
  ...words,
  options: [...(words.options ?? []), { flags: "--comment <text>", docs: "what to say about it" }, ...SERVER_OPTIONS],
  run: async (args, values, terminal: Terminal) => {
    const ids = idsGiven(args);
    const client = openSession(values, terminal);
    const status = await move(client, ids, values);
    const message = text(values, "comment");
    if (message !== undefined) for (const id of ids) await client.ask(anomalies.addComment, { params: { id }, body: { message } });
    terminal.stdout.write(`${ids.join(", ")}: ${status}\n`);
    return 0;
  },
});

const archive = async (client: Client, ids: readonly number[], status: ArchivedStatus): Promise<ArchivedStatus> => {
  await client.ask(anomalies.deleteMany, { body: ids.map((id) => ({ id, status })) });
  return status;
};

const ack = moving(
  {
    usage: "ack <id...>",
    summary: "acknowledge anomalies: somebody looks at them",
    docs: "Makes open anomalies Acknowledged, all that are named or none.",
    examples: ["touchstone anomalies ack 12 13 --comment 'asked the supplier'"],
  },
  async (client, ids) => {
    await client.ask(anomalies.updateMany, { body: ids.map((id) => ({ id, status: "Acknowledged" as const })) });
    return "Acknowledged";
  },
);

const resolve = moving(
  {
    usage: "resolve <id...>",
    summary: "archive anomalies as Resolved: the data was corrected",
    docs: "Archives open anomalies as Resolved, all that are named or none.",
    examples: ["touchstone anomalies resolve 12 --comment 'loaded again'"],
  },
  (client, ids) => archive(client, ids, "Resolved"),
);

const archiving = moving(
  {
    usage: "archive <id...>",
    summary: "archive anomalies, and say how they ended",
    docs: "Archives open anomalies. Invalid says that the check was wrong: inference learns from it.",
    options: [{ flags: "--as <status>", docs: "how they ended", choices: ArchivedStatus.options, default: "Discarded" }],
    examples: ["touchstone anomalies archive 12 13 --as Invalid"],
  },
  (client, ids, values) => archive(client, ids, ArchivedStatus.parse(text(values, "as"))),
);

const restore = moving(
  {
    usage: "restore <id...>",
    summary: "make archived anomalies active again",
    docs: "Opens archived anomalies again, one after another.",
    examples: ["touchstone anomalies restore 12"],
  },
  async (client, ids) => {
    for (const id of ids) await client.ask(anomalies.restore, { params: { id } });
    return "Active";
  },
);

/** What a server has found. */
const group: Group = {
  usage: "anomalies",
  summary: "list, show and settle the anomalies of a server",
  docs: "The anomalies of a server: which there are, what they say, and how they end.",
  commands: [list, show, ack, resolve, archiving, restore],
};
export default group;
