/** `touchstone deploy init` as somebody types it: what is written, what is never written over, what comes next. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, suite, test } from "node:test";
import { readDeployment } from "@touchstone/deploy/deployment/read";
import { run } from "../../run.ts";
import { terminalOf } from "../../service/typed-terminal.ts";
import group from "./index.ts";

const folder = mkdtempSync(join(tmpdir(), "touchstone-init-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);

const typing = async (words: string, typed: string | null = null) => {
  const { terminal, told, printed } = terminalOf({ typed: typed ?? "", isPerson: typed !== null });
  return { status: await run(["deploy", ...words.split(" ")], terminal), told: told(), printed: printed() };
};

suite("touchstone deploy init", () => {
  test("asked on a terminal", async () => {
    // model, provider, name, fqdn (wrong, then right), size, namespace, registry, store, networks, class, datastores, ingress, tls, issuer, https inside, its issuer, upgrades
    const typed =
      "customer\n\nacme\nquality\nquality.example.org\nsmall\n\n\n2\n\nwarehouse=10.20.0.0/16:5432\nnginx\n2\nletsencrypt\n2\nprivate-ca\n\n";
    const { status, told, printed } = await typing(`init --file ${at("asked.yaml")}`, typed);
    assert.equal(status, 0, told);
    assert.match(told, /quality: a fully qualified lower-case name/);
    const { name, size, store, tlsIssuer, internalIssuer, networks } = await readDeployment(at("asked.yaml"));
    assert.deepEqual([name, size, store, tlsIssuer, internalIssuer?.name], ["acme", "small", "cloudnativepg", "letsencrypt", "private-ca"]);
    assert.deepEqual(networks.datastores["warehouse"], { cidrs: ["10.20.0.0/16"], ports: [5432] });
    assert.match(printed, /Left to do\n/);
    assert.match(printed, /make a DNS record of quality\.example\.org/);
  });

  test("what is there stays, unless it is said", async () => {
    writeFileSync(at("mine.yaml"), "mine\n");
    const words = `init --yes --model customer --fqdn q.example.org --file ${at("mine.yaml")}`;
    const refused = await typing(words);
    assert.equal(refused.status, 2);
    assert.match(refused.told, /DEPLOYMENT_EXISTS/);
    assert.equal(readFileSync(at("mine.yaml"), "utf8"), "mine\n");
    assert.equal((await typing(`${words} --force`)).status, 0);
    assert.equal((await readDeployment(at("mine.yaml"))).fqdn, "q.example.org");
  });

  test("advice is where it begins, and flags go before it", async () => {
    const advice =
      "advise --purpose production --operator provider --regulation none --data-readers rows --cloud gcp --air-gap no --connectivity public --staff nobody --databricks no";
    assert.equal((await typing(`${advice} --output ${at("advice.json")}`)).status, 0);
    const init = `init --yes --from-advice ${at("advice.json")} --fqdn q.example.org --json`;
    const { status, printed, told } = await typing(
      `${init} --region europe-west3 --admins group:a@example.org --project acme-quality --state states --file ${at("advised.yaml")}`,
    );
    assert.equal(status, 0, told);
    const answer: unknown = JSON.parse(printed);
    assert.equal(Reflect.get(Object(answer), "file"), at("advised.yaml"));
    const { model, cloud } = await readDeployment(at("advised.yaml"));
    assert.deepEqual([model, cloud?.provider, cloud?.region], ["platform", "gcp", "europe-west3"]);
    assert.equal((await typing(`${init} --model customer --file ${at("other.yaml")}`)).status, 0);
    assert.equal((await readDeployment(at("other.yaml"))).cloud, undefined);
  });

  const REFUSED: readonly { words: string; says: RegExp }[] = [
    { words: "init", says: /ANSWERS_MISSING[\s\S]+--model, --provider, --fqdn/ },
    { words: "init --model customer --fqdn quality", says: /OPTION_INVALID[\s\S]+--fqdn/ },
    {
      words: "init --model customer --fqdn q.example.org --region eu-central-1",
      says: /OPTION_INVALID[\s\S]+--region[\s\S]+means nothing/,
    },
    {
      words: "init --yes --model platform --provider gcp --region r --fqdn q.example.org --admins me --project acme-quality --state s1",
      says: /OPTION_INVALID[\s\S]+--admins[\s\S]+me is not a member/,
    },
    { words: `init --from-advice ${at("none.json")}`, says: /ADVICE_INVALID[\s\S]+cannot be read/ },
  ];
  for (const { words, says } of REFUSED)
    test(`refused: ${words.replace(folder, "…")}`, async () => {
      const { status, told } = await typing(`${words} --file ${at("never.yaml")}`);
      assert.equal(status, 2);
      assert.match(told, says);
    });

  test("one process needs no file", async () => {
    await typing(`advise --purpose try --databricks no --output ${at("look.json")}`);
    const { status, told } = await typing(`init --from-advice ${at("look.json")} --file ${at("never.yaml")}`);
    assert.equal(status, 2);
    assert.match(told, /ADVICE_WITHOUT_DEPLOYMENT[\s\S]+One process on one machine/);
  });

  test("what comes next is there", async () => {
    const verbs = group.commands.map(({ usage }) => usage.split(" ", 1)[0]);
    const { printed } = await typing(
      `init --yes --model platform --provider aws --region r --admins arn:aws:iam::123456789012:role/a --state states --fqdn q.example.org --file ${at("next.yaml")}`,
    );
    for (const [, verb] of printed.matchAll(/^ {2}touchstone deploy (\w+)/gm)) assert.ok(verbs.includes(verb), verb);
  });
});
