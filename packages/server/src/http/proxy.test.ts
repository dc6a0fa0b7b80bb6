/** Which proxy leads where. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { proxyOf } from "./proxy.ts";

const BOTH = { HTTPS_PROXY: "http://secure:1", HTTP_PROXY: "http://plain:2" };

test("the proxy of a URL, and the exceptions", () => {
  const cases: { url: string; env: Record<string, string>; want: string | null }[] = [
    { url: "https://idp.example.org/", env: {}, want: null },
    { url: "https://idp.example.org/", env: BOTH, want: "http://secure:1" },
    { url: "http://idp.example.org/", env: BOTH, want: "http://plain:2" },
    { url: "https://idp.example.org/", env: { https_proxy: "http://small:3", HTTPS_PROXY: "" }, want: "http://small:3" },
    { url: "http://idp.example.org/", env: { HTTPS_PROXY: "http://secure:1" }, want: null },
    { url: "https://idp.example.org/", env: { ...BOTH, NO_PROXY: "*" }, want: null },
    { url: "https://idp.example.org/", env: { ...BOTH, NO_PROXY: "a.org, example.org" }, want: null },
    { url: "https://IDP.Example.org./", env: { ...BOTH, no_proxy: "idp.example.ORG" }, want: null },
    { url: "https://idp.example.org/", env: { ...BOTH, NO_PROXY: ".example.org" }, want: null },
    { url: "https://idp.example.org/", env: { ...BOTH, NO_PROXY: "*.example.org" }, want: null },
    { url: "https://notexample.org/", env: { ...BOTH, NO_PROXY: "example.org" }, want: "http://secure:1" },
    { url: "https://example.org.evil/", env: { ...BOTH, NO_PROXY: "example.org" }, want: "http://secure:1" },
    { url: "https://idp.example.org:8443/", env: { ...BOTH, NO_PROXY: "idp.example.org:443" }, want: "http://secure:1" },
    { url: "https://idp.example.org/", env: { ...BOTH, NO_PROXY: "idp.example.org:443" }, want: null },
    { url: "https://10.1.2.3/", env: { ...BOTH, NO_PROXY: "10.0.0.0/8" }, want: null },
    { url: "https://11.1.2.3/", env: { ...BOTH, NO_PROXY: "10.0.0.0/8" }, want: "http://secure:1" },
    { url: "https://[fd00::1]/", env: { ...BOTH, NO_PROXY: "fd00::/8" }, want: null },
    { url: "https://[2606:4700::1]/", env: { ...BOTH, NO_PROXY: "fd00::/8,127.0.0.1" }, want: "http://secure:1" },
  ];
  for (const { url, env, want } of cases) assert.equal(proxyOf(env)(new URL(url)), want, `${url} ${JSON.stringify(env)}`);
});
