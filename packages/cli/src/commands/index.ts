/** Every command: its words for `--help`, and its file, loaded only when it is called. One line each. */
import type { Command, Group } from "./command.ts";

type Listed = { name: string; usage: string; summary: string; load: () => Promise<Command | Group> };

export const COMMANDS: readonly Listed[] = [
  {
    name: "check",
    usage: "check <source...>",
    summary: "sync, profile, infer checks and scan in one go",
    load: async () => (await import("./check.ts")).default,
  },
  {
    name: "profile",
    usage: "profile <source...>",
    summary: "statistics of every field",
    load: async () => (await import("./profile.ts")).default,
  },
  {
    name: "infer",
    usage: "infer <source...>",
    summary: "write the checks that the data suggests, as YAML",
    load: async () => (await import("./infer.ts")).default,
  },
  { name: "scan", usage: "scan <source...>", summary: "run checks from a file", load: async () => (await import("./scan.ts")).default },
  {
    name: "dry-run",
    usage: "dry-run <source>",
    summary: "try one check without consequences",
    load: async () => (await import("./dry-run.ts")).default,
  },
  {
    name: "rules",
    usage: "rules [name]",
    summary: "list the rules, or explain one",
    load: async () => (await import("./rules.ts")).default,
  },
  {
    name: "diff",
    usage: "diff <before> <after>",
    summary: "compare two JSON reports",
    load: async () => (await import("./diff.ts")).default,
  },
  {
    name: "schema",
    usage: "schema <name>",
    summary: "print the JSON schema of checks or of the report",
    load: async () => (await import("./schema.ts")).default,
  },
  {
    name: "start",
    usage: "start",
    summary: "run the platform in one process: API, metadata store, queue and a dataplane",
    load: async () => (await import("./start.ts")).default,
  },
  {
    name: "dataplane",
    usage: "dataplane",
    summary: "run a dataplane: it asks a control plane for work, and does it next to the data",
    load: async () => (await import("./dataplane.ts")).default,
  },
  {
    name: "login",
    usage: "login",
    summary: "log in at a server, by a code that is approved in a browser or with a token",
    load: async () => (await import("./login.ts")).default,
  },
  {
    name: "logout",
    usage: "logout",
    summary: "end the login at a server, and its token",
    load: async () => (await import("./logout.ts")).default,
  },
  {
    name: "whoami",
    usage: "whoami",
    summary: "say at which server one is logged in, as whom",
    load: async () => (await import("./whoami.ts")).default,
  },
  {
    name: "datastores",
    usage: "datastores",
    summary: "list, show and try the datastores of a server",
    load: async () => (await import("./datastores.ts")).default,
  },
  {
    name: "checks",
    usage: "checks",
    summary: "keep the checks of a server in files: pull, diff, push",
    load: async () => (await import("./checks.ts")).default,
  },
  {
    name: "operations",
    usage: "operations",
    summary: "run, watch, list and abort operations on a server",
    load: async () => (await import("./operations.ts")).default,
  },
  {
    name: "anomalies",
    usage: "anomalies",
    summary: "list, show and settle the anomalies of a server",
    load: async () => (await import("./anomalies.ts")).default,
  },
  {
    name: "db",
    usage: "db <action> [place]",
    summary: "look after the metadata store: status, migrate, sums, setup-code, backup, restore, backups, verify",
    load: async () => (await import("./db.ts")).default,
  },
  {
    name: "keys",
    usage: "keys <action>",
    summary: "look after the keys that seal stored secrets: status, rotate, new",
    load: async () => (await import("./keys.ts")).default,
  },
  {
    name: "doctor",
    usage: "doctor",
    summary: "explain what is wrong with an installation",
    load: async () => (await import("./doctor.ts")).default,
  },
  {
    name: "deploy",
    usage: "deploy",
    summary: "put an installation into a cluster or a cloud, and look after it there",
    load: async () => (await import("./deploy/index.ts")).default,
  },
  {
    name: "fleet",
    usage: "fleet",
    summary: "keep many deployments, one for each customer",
    load: async () => (await import("./fleet/index.ts")).default,
  },
  {
    name: "extensions",
    usage: "extensions <action> [file]",
    summary: "list DuckDB extensions, or add one from a file",
    load: async () => (await import("./extensions.ts")).default,
  },
  {
    name: "completion",
    usage: "completion <shell>",
    summary: "print the completion script of bash, zsh or fish",
    load: async () => (await import("./completion.ts")).default,
  },
  {
    name: "demo",
    usage: "demo",
    summary: "check real datasets that come with the packages",
    load: async () => (await import("./demo.ts")).default,
  },
];
