import { userError } from "@touchstone/core/errors";
import { CHANNELS } from "@touchstone/deploy/deployment/deployment";
import { sha256Of } from "@touchstone/deploy/deployment/digest";
import { readPrivateKey, readPublicKeys } from "@touchstone/deploy/supply/key-files";
import { checkProvenanceBeside } from "@touchstone/deploy/supply/provenance";
import { isOci } from "@touchstone/deploy/registry/reference";
import { writeToRegistry } from "@touchstone/deploy/supply/in-registry";
import { publishedIn, publishedOf, signRelease, verifyPublished, type Published } from "@touchstone/deploy/supply/publish";
import { pointerTo } from "@touchstone/deploy/supply/release";
import { signDocument, type Signed } from "@touchstone/deploy/supply/signature";
import { readSigned } from "@touchstone/deploy/updater/pointer-source";
import { plain } from "../../formats/words.ts";
import { writeWhole } from "../../whole-file.ts";
import { flag, list, text, type Command, type Terminal, type Values } from "../command.ts";
import { whole } from "../settings.ts";
import { readGiven, readGivenText } from "./given-file.ts";

/** A pointer is renewed well before it ends; it may live 45 days at most. */
const POINTER_DAYS = 14;
const POINTER_DAYS_MAX = 45;
const COUNTER_MAX = Number.MAX_SAFE_INTEGER;

const keyOf = (values: Values) => {
  const file = text(values, "key");
  if (file === undefined) throw userError("OPTION_INVALID", "--key", "it names the file of the private key that signs");
  return readPrivateKey(file);
};

const write = (signed: Signed, values: Values, { stdout }: Terminal): void => {
  const json = `${JSON.stringify(signed, null, 2)}\n`;
  const file = text(values, "output");
  if (file === undefined) stdout.write(json);
  else writeWhole(file, [json]);
};

const lines = ({ what, release, signed }: Published): string[] => [
  ...(what.kind === "touchstone/channel"
    ? [`channel ${what.channel}, number ${what.counter}, good from ${what.issuedAt} until ${what.expiresAt}`]
    : []),
  `release ${release.product}, good from ${release.issuedAt} until ${release.expiresAt}`,
  `for     ${release.channels.join(", ")}, from ${release.upgradableFrom} on; ${release.reversible ? "can be rolled back" : "cannot be rolled back"}`,
  `chart   ${release.chart.address}  ${release.chart.digest}`,
  `notes   ${release.notes}`,
  `signed  ${signed.signatures.map(({ keyId }) => keyId).join(", ") || "by nobody"}`,
];

type Action = (file: string, values: Values, terminal: Terminal) => Promise<void>;

/** A signed document from a file, or from where it was published. */
const published = async (from: string, { signal }: Terminal): Promise<Published> =>
  isOci(from) ? publishedOf(await readSigned(from, "FILE", signal), from) : publishedIn(await readGivenText(from), from);

const ACTIONS: Readonly<Record<string, Action>> = {
  sign: async (file, values, terminal) => {
    const chart = text(values, "chart");
    const chartDigest = chart === undefined ? null : sha256Of(await readGiven(chart));
    if (chart !== undefined && chartDigest !== null) await checkProvenanceBeside(chart, chartDigest);
    write(signRelease(await readGivenText(file), await keyOf(values), { file, now: new Date(), chartDigest }), values, terminal);
  },
  point: async (file, values, terminal) => {
    const { signed, what, release } = publishedIn(await readGivenText(file), file);
    if (what.kind !== "touchstone/release")
      throw userError("DOCUMENT_INVALID", file, "kind", "it is a channel's pointer; what is pointed to is a release");
    const channel = CHANNELS.find((one) => one === text(values, "channel"));
    if (channel === undefined || !release.channels.includes(channel))
      throw userError("OPTION_INVALID", "--channel", `the release is signed for ${release.channels.join(", ")}`);
    const days = whole(values, "days", 1, POINTER_DAYS_MAX) ?? POINTER_DAYS;
    const counter = whole(values, "counter", 1, COUNTER_MAX);
    write(signDocument(pointerTo(signed, channel, days, new Date(), counter), await keyOf(values)), values, terminal);
  },
  push: async (file, values, { stdout, signal }) => {
    const to = text(values, "to");
    if (to === undefined) throw userError("OPTION_INVALID", "--to", "it names where: oci://registry/path");
    const found = publishedIn(await readGivenText(file), file);
    const plainHttp = flag(values, "plainHttp");
    // What readers would refuse is not published: no key is at hand here to say more.
    if (found.signed.signatures.length === 0) throw userError("DOCUMENT_UNSIGNED", file);
    const address = await writeToRegistry(found, to, "--to", { signal, plainHttp });
    stdout.write(flag(values, "json") ? `${JSON.stringify({ address })}\n` : `${address}\n`);
  },
  verify: async (file, values, terminal) => {
    const found = await published(file, terminal);
    const { signers, releaseSigners } = verifyPublished(found, await readPublicKeys(list(values, "keys")), file);
    const { stdout } = terminal;
    if (flag(values, "json")) stdout.write(`${JSON.stringify({ signers, release_signers: releaseSigners, document: found.what })}\n`);
    else stdout.write(`good: ${file} is signed by ${signers.join(", ")}\n`);
  },
  show: async (file, values, terminal) => {
    const found = await published(file, terminal);
    terminal.stdout.write(
      flag(values, "json")
        ? `${JSON.stringify(found.what)}\n`
        : lines(found)
            .map((line) => `${plain(line)}\n`)
            .join(""),
    );
  },
};

/** For who publishes, and for who wants to see what was published. */
export const release: Command = {
  usage: "release <action> <file>",
  summary: "for publishers: sign releases, and point channels to them (sign, point, push, verify, show FILE)",
  docs:
    "`sign FILE` signs the description of a release (YAML: docs/deploy-pushed-upgrades.md), or puts one more signature on a signed one; `point FILE --channel C` makes the pointer of a channel to a signed release, " +
    "which is what updaters read; `push FILE --to oci://registry/path` puts either into a registry, under the tag of its version or its channel; `verify FILE --keys K` says whether it is signed by one of these keys; `show FILE` prints what it says, and verifies nothing. These two take an address in a registry (oci://registry/path:tag) as well.",
  options: [
    { flags: "--key <file>", docs: "sign, point: private key that signs" },
    { flags: "--keys <file>", docs: "verify: public keys that count (repeatable)", repeatable: true },
    {
      flags: "--chart <file>",
      docs: "sign: the chart's archive, whose digest goes into the release; a provenance file beside it has to be of it",
    },
    { flags: "--channel <channel>", docs: "point: channel of the pointer", choices: CHANNELS },
    { flags: "--days <n>", docs: `point: how long the pointer is good, ${POINTER_DAYS_MAX} at most`, default: String(POINTER_DAYS) },
    {
      flags: "--counter <n>",
      docs: "point: number of the pointer, greater than that of each before; where nothing is said, the seconds since 1970",
    },
    { flags: "-o, --output <file>", docs: "sign, point: write to this file instead of stdout" },
    {
      flags: "--to <address>",
      docs: "push: oci://registry/path, or with a tag of your own; with your logins of helm, docker, skopeo or podman",
    },
    { flags: "--plain-http", docs: "push: the registry answers by http" },
    { flags: "--json", docs: "push, verify, show: the answer as JSON" },
  ],
  examples: [
    "touchstone deploy release sign release.yaml --chart touchstone-1.4.0.tgz --key release-2026.pem -o release.json",
    "touchstone deploy release point release.json --channel stable --key release-2026.pem -o stable.json",
    "touchstone deploy release push stable.json --to oci://registry.example.org/touchstone/releases",
    "touchstone deploy release verify stable.json --keys release-2026.pub.pem",
  ],
  run: async ([name = "", file = ""], values, terminal) => {
    const action = ACTIONS[name];
    if (action === undefined) throw userError("OPTION_INVALID", name, `it is one of ${Object.keys(ACTIONS).join(", ")}`);
    await action(file, values, terminal);
    return 0;
  },
};
