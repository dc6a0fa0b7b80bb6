/** What of the data goes where, and where it stays. The long form is docs/data-at-rest.md, which a test holds. */

export type Flow = { what: string; from: string; to: string; rests: string };

export const FLOWS: readonly Flow[] = [
  {
    what: "Rows of a datastore",
    from: "datastore",
    to: "memory and temporary disk of a dataplane",
    rests: "nowhere: the temporary folder is emptied when the work ends",
  },
  { what: "Failing rows", from: "dataplane", to: "enrichment datastore", rests: "there, and it is yours" },
  {
    what: "Statistics, messages of anomalies, properties of checks, with select values of fields that are not masked",
    from: "dataplane",
    to: "control plane",
    rests: "in the metadata store and its backups",
  },
  {
    what: "Rows somebody asks to see: preview, dry run, source records",
    from: "dataplane",
    to: "the process that answers, and the browser",
    rests: "nowhere: sealed for that process on their way, and deleted when read or after a minute",
  },
  {
    what: "Rows that are sent to be scanned",
    from: "caller",
    to: "the process that took them, then a dataplane",
    rests: "nowhere: in memory, sealed on their way, an hour at most",
  },
  {
    what: "Passwords and keys of connections",
    from: "people",
    to: "control plane, then the dataplane that has the work",
    rests: "sealed in the metadata store; or only their names, and the dataplane asks your secrets manager",
  },
  {
    what: "Metrics and traces",
    from: "every process",
    to: "a receiver that you name",
    rests: "there; no value, no name of a datastore and nothing where none is named",
  },
];
