import { allItems } from "@touchstone/core/client/client";
import { containers } from "@touchstone/core/routes/containers";
import { datastores } from "@touchstone/core/routes/datastores";
import { LIST_OPTIONS, printList, printOne } from "../service/listing.ts";
import { datastoreNamed } from "../service/lookup.ts";
import { openSession, SERVER_OPTIONS } from "../service/session.ts";
import { count } from "../formats/words.ts";
import { text, type Command, type Group } from "./command.ts";

const day = (moment: string | null): string => (moment === null ? "never" : moment.slice(0, 16).replace("T", " "));

const list: Command = {
  usage: "list",
  summary: "the datastores that one may see",
  docs: "Lists datastores with what they are and how their latest operation ended.",
  options: [{ flags: "--search <text>", docs: "only those with this in their name" }, ...LIST_OPTIONS, ...SERVER_OPTIONS],
  examples: ["touchstone datastores list", "touchstone datastores list --ndjson | jq .name"],
  run: async (_args, values, terminal) => {
    const client = openSession(values, terminal);
    const search = text(values, "search");
    await printList(
      allItems((paging) => client.ask(datastores.list, { query: { ...paging, search } })),
      [
        { head: "id", of: ({ id }) => String(id), alignRight: true },
        { head: "name", of: ({ name }) => name },
        { head: "type", of: ({ type, enrichment_only }) => (enrichment_only ? `${type}, enrichment` : type) },
        { head: "containers", of: ({ container_count }) => count(container_count), alignRight: true },
        {
          head: "latest operation",
          of: ({ latest_operation: latest }) =>
            latest === null ? "none" : `${latest.type} ${latest.result} ${day(latest.end_time ?? latest.created)}`,
        },
      ],
      "there are no datastores that you may see",
      { values, stdout: terminal.stdout },
    );
    return 0;
  },
};

const show: Command = {
  usage: "show <datastore>",
  summary: "one datastore and its containers",
  docs: "Shows where a datastore lies, and its containers with when they were last looked at. It is named by its name or number.",
  options: [{ flags: "--json", docs: "as JSON" }, ...SERVER_OPTIONS],
  examples: ["touchstone datastores show landing"],
  run: async ([given = ""], values, terminal) => {
    const client = openSession(values, terminal);
    const { id } = await datastoreNamed(client, given);
    const datastore = await client.ask(datastores.get, { params: { id } });
    const held = [];
    for await (const one of allItems((paging) => client.ask(containers.list, { query: { ...paging, datastore: [id] } }))) held.push(one);
    const to = { values, stdout: terminal.stdout };
    printOne(
      { ...datastore, containers: held },
      [
        ["datastore", `${datastore.name} (${datastore.id})`],
        ["type", datastore.type],
        ["place", [datastore.database, datastore.schema, datastore.root_path].filter((part) => part !== null).join(" / ")],
        ["enrichment", datastore.enrich_datastore?.name ?? "none"],
        ["dataplane", datastore.dataplane ?? "any"],
        ["teams", datastore.teams.map(({ name, permission }) => `${name} (${permission})`).join(", ") || "none"],
      ],
      to,
    );
    if (values["json"] === true) return 0;
    terminal.stdout.write("\n");
    await printList(
      held,
      [
        { head: "container", of: ({ name }) => name },
        { head: "type", of: ({ container_type }) => container_type },
        { head: "fields", of: ({ metrics }) => count(metrics.fields), alignRight: true },
        { head: "records", of: ({ metrics }) => count(metrics.records), alignRight: true },
        { head: "profiled", of: ({ metrics }) => day(metrics.last_profiled) },
        { head: "scanned", of: ({ metrics }) => day(metrics.last_scanned) },
      ],
      "it has no containers: touchstone operations run sync",
      to,
    );
    return 0;
  },
};

const test: Command = {
  usage: "test <datastore>",
  summary: "try whether a datastore can be reached and read",
  docs: "Lets a dataplane open the datastore, as it is saved. Exit status 1 when it cannot.",
  options: [{ flags: "--json", docs: "as JSON" }, ...SERVER_OPTIONS],
  examples: ["touchstone datastores test landing"],
  run: async ([given = ""], values, terminal) => {
    const client = openSession(values, terminal);
    const { id, name } = await datastoreNamed(client, given);
    const result = await client.ask(datastores.verify, { params: { id } });
    printOne(result, [[name, result.connected ? "can be read" : `cannot be read: ${result.message ?? ""}`]], {
      values,
      stdout: terminal.stdout,
    });
    return result.connected ? 0 : 1;
  },
};

/** What a server knows of the data. */
const group: Group = {
  usage: "datastores",
  summary: "list, show and try the datastores of a server",
  docs: "The datastores of a server: what there is, where it lies, and whether it can be reached.",
  commands: [list, show, test],
};
export default group;
