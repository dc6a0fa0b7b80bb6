import { stringify } from "yaml";
import { preflight } from "@touchstone/deploy/preflight/preflight";
import { upgrade as upgradeRelease, type UpgradeOptions } from "@touchstone/deploy/release/upgrade";
import { readPublicKeys } from "@touchstone/deploy/supply/key-files";
import { addressOfRelease, atRelease, keysFor, releasedAs } from "@touchstone/deploy/updater/named-release";
import { changesText } from "../../formats/deployment-diff-text.ts";
import { flag, list, text, type Command, type Terminal, type Values } from "../command.ts";
import { answerJson, onSite, SITE_OPTIONS } from "./open-site.ts";
import { seconds, TIMEOUT_OPTION } from "./time-limit.ts";

const optionsOf = (values: Values, terminal: Terminal): UpgradeOptions => ({
  preflight: flag(values, "skipPreflight") ? null : preflight,
  backup: flag(values, "backup"),
  takeFields: flag(values, "takeFields"),
  timeoutSeconds: seconds(values),
  onDiff: (diff) => void (flag(values, "json") || terminal.stdout.write(changesText(diff, terminal.colour))),
});

const stillNames = (release: ReturnType<typeof releasedAs>): string =>
  `# for deployment.yaml, which still names what was there before\n${stringify({ release }, { lineWidth: 0 })}`;

export const upgrade: Command = {
  usage: "upgrade",
  summary: "bring an installation to what deployment.yaml describes",
  docs:
    "Looks at the cluster (preflight), shows what changes, migrates the store, replaces the pods, and tests it from inside. When the migration, the pods or the test fail, the last good revision is brought back; where the new version says that its migration cannot be taken back, it says how to restore instead. " +
    "An older chart than the one that runs is refused: that of an older touchstone, after an upgrade that was pushed. A command that was killed is put right by the next one. A release that is named by its address is installed by the digests that were signed.",
  options: [
    ...SITE_OPTIONS,
    {
      flags: "--to <release>",
      docs: "instead of what deployment.yaml names: a version of its chart, from a registry; where its chart is from none, a version beside the pointer of its channel; or oci://registry/path:tag of a signed release or pointer",
    },
    {
      flags: "--keys <file>",
      docs: "with a signed release: public keys of those whose signature counts (repeatable); where nothing is said, those that the updater was given",
      repeatable: true,
    },
    { flags: "--older", docs: "also to an older version of the chart than what runs; --to says so by naming it" },
    { flags: "--backup", docs: "back up the store first, and wait for it" },
    { flags: "--take-fields", docs: "take fields that somebody else changed and owns (helm 4)" },
    { flags: "--skip-preflight", docs: "upgrade without preflight" },
    TIMEOUT_OPTION,
  ],
  examples: [
    "touchstone deploy upgrade",
    "touchstone deploy upgrade --to 1.3.0 --backup",
    "touchstone deploy upgrade --to oci://registry.example.org/touchstone/releases:1.4.0 --keys touchstone.pub.pem",
    "touchstone deploy upgrade --take-fields",
  ],
  run: (_args, values, terminal) =>
    onSite(values, terminal, async (site) => {
      const to = text(values, "to");
      const options = optionsOf(values, terminal);
      const address = to === undefined ? null : addressOfRelease(site.deployment, to);
      if (address !== null) {
        const keys = await keysFor(site, await readPublicKeys(list(values, "keys")));
        await atRelease(site, address, keys, async (at, { release, isExact }) => {
          const result = await upgradeRelease(at, { ...options, older: flag(values, "older") || isExact });
          const written = releasedAs(release, site.deployment.release.imageRegistry);
          if (!answerJson(values, terminal, { ...result, release: written })) terminal.stdout.write(stillNames(written));
        });
        return 0;
      }
      const result = await upgradeRelease(site, { ...options, ...(to === undefined ? {} : { to }), older: flag(values, "older") });
      if (answerJson(values, terminal, result)) return 0;
      if (to !== undefined && to !== site.deployment.release.version)
        terminal.stdout.write(`deployment.yaml still names version ${site.deployment.release.version || "(none)"}: write ${to} into it\n`);
      return 0;
    }),
};
