/** The certificate inside a cluster, by its Secret: what is missing, what does not fit, and what is good. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Finding } from "@touchstone/core/model/finding";
import { Manifest } from "../kubernetes/manifest.ts";
import { ISSUING, LEAF, LEAF_KEY, OTHER_KEY, ROOT } from "../trial/certificates.ts";
import { secret } from "../trial/ready-cluster.ts";
import { judgeInternal } from "./internal-tls.ts";

const NAME = "touchstone-internal";
/** The certificate of tests is for this name. */
const HOST = "quality.example.org";
const NOW = new Date("2027-01-01T00:00:00Z");
const TYPE = "kubernetes.io/tls";
const of = (data: Readonly<Record<string, string>>, type = TYPE): Manifest => Manifest.parse(secret(NAME, data, type));
const good = { "tls.crt": LEAF + ISSUING, "tls.key": LEAF_KEY, "ca.crt": ROOT };

const CASES: { name: string; secret: Manifest | null; host?: string; now?: string; says: [Finding["state"], RegExp][] }[] = [
  { name: "the whole chain, by its root", secret: of(good), says: [["ok", /until 2049-12-31, with its key and its authority/]] },
  { name: "the one that issued it, whoever issued that", secret: of({ ...good, "tls.crt": LEAF, "ca.crt": ISSUING }), says: [["ok", /./]] },
  { name: "two authorities, while one follows the other", secret: of({ ...good, "ca.crt": ROOT + ISSUING }), says: [["ok", /./]] },
  { name: "itself", secret: of({ ...good, "tls.crt": LEAF, "ca.crt": LEAF }), says: [["ok", /./]] },
  { name: "no Secret", secret: null, says: [["problem", /there is no Secret touchstone-internal.*--from-file=ca\.crt/]] },
  {
    name: "of no type",
    secret: of(good, "Opaque"),
    says: [
      ["ok", /./],
      ["note", /of type Opaque/],
    ],
  },
  { name: "no certificate", secret: of({ ...good, "tls.crt": "hello" }), says: [["problem", /tls\.crt .* no certificate in PEM/]] },
  { name: "no authority", secret: of({ "tls.crt": LEAF, "tls.key": LEAF_KEY }), says: [["problem", /ca\.crt .* not there/]] },
  { name: "an empty authority", secret: of({ ...good, "ca.crt": "" }), says: [["problem", /ca\.crt/]] },
  { name: "no key", secret: of({ "tls.crt": LEAF + ISSUING, "ca.crt": ROOT }), says: [["problem", /no private key/]] },
  { name: "another key", secret: of({ ...good, "tls.key": OTHER_KEY }), says: [["problem", /not the key of the certificate/]] },
  { name: "another name", secret: of(good), host: "quality-touchstone.data.svc", says: [["problem", /for DNS:quality\.example\.org/]] },
  {
    name: "an authority that has not issued it",
    secret: of({ ...good, "tls.crt": LEAF }),
    says: [["problem", /none of ca\.crt .*Root.* has issued/]],
  },
  {
    name: "the wrong way round",
    secret: of({ ...good, "tls.crt": LEAF + ROOT + ISSUING }),
    says: [["problem", /do not follow each other/]],
  },
  {
    name: "past its end",
    secret: of(good),
    now: "2050-06-01T00:00:00Z",
    says: [1, 2, 3].map(() => ["problem", /ended on 2049-12-31/]),
  },
];

for (const { name, secret: given, host = HOST, now, says } of CASES)
  test(name, () => {
    const findings = judgeInternal(given, NAME, host, now === undefined ? NOW : new Date(now));
    assert.deepEqual(
      findings.map(({ state }) => state),
      says.map(([state]) => state),
      JSON.stringify(findings),
    );
    for (const [index, [, pattern]] of says.entries()) {
      assert.match(JSON.stringify(findings[index]), pattern);
      assert.doesNotMatch(JSON.stringify(findings[index]), /PRIVATE/);
    }
  });
