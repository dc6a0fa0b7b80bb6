import { z } from "zod";
import { matches, not, or } from "../expr/expr.ts";
import { rowRule } from "./rule.ts";

const STREET_WORD =
  "(street|st|avenue|ave|road|rd|lane|ln|drive|dr|boulevard|blvd|court|ct|place|pl|square|sq|highway|hwy|way|terrace|parkway|pkwy|circle|alley|row|quay|rue|avenida|calle|via|viale|piazza|platz|allee|weg|plaza|paseo|camino|rua|laan|straat|gade|vej|ulica|ul)";
const STATE =
  "(A[BKLRZ]|BC|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ABDEINOST]|N[BCDEHJLMSTUVY]|O[HKNR]|P[AERQ]|QC|RI|S[CDK]|T[NX]|UT|V[AT]|W[AIVY]|YT)";
const COUNTRY =
  "(USA|U[.]S[.]A[.]|United States( of America)?|Canada|Mexico|Brazil|Argentina|United Kingdom|UK|England|Scotland|Wales|Ireland|France|Germany|Deutschland|Spain|España|Portugal|Italy|Italia|Netherlands|Belgium|Switzerland|Austria|Österreich|Poland|Sweden|Norway|Denmark|Finland|Czechia|Greece|Turkey|India|China|Japan|Australia|New Zealand|South Africa|Singapore)";
const POSTCODE =
  "(\\b[0-9]{5}(-[0-9]{4})?\\b|\\b[A-Z][0-9][A-Z] ?[0-9][A-Z][0-9]\\b|\\b[A-Z]{1,2}[0-9][0-9A-Z]? ?[0-9][A-Z]{2}\\b|\\b[0-9]{4} ?[A-Z]{2}\\b|\\b[0-9]{2}-[0-9]{3}\\b|\\b[0-9]{3}-[0-9]{4}\\b|\\b[0-9]{6}\\b)";

const PARTS = {
  road: `(?i)(\\b[0-9]+[a-z]? +[a-z][^,0-9]*|[^ ,0-9][^,0-9]* [0-9]+[a-z]?\\b|\\b${STREET_WORD}[.]?( |,|$)|straße|strasse|p[.]? ?o[.]? ?box)`,
  city: `(,\\s*([0-9]{4,6} )?[^ ,0-9][^,0-9]*(,|$| [A-Z]{2}\\b| [A-Z0-9]{2,4} ?[0-9][A-Z]{2})|\\b[0-9]{4,5} [^ ,0-9])`,
  state: `(,|\\s)${STATE}( |,|$)|(?:,\\s*)(California|Texas|New York|Florida|Illinois|Ohio|Georgia|Michigan|Washington|Ontario|Quebec)\\b`,
  country: `(?i)(^|,\\s*|\\s)${COUNTRY}[.]?\\s*$`,
  postcode: POSTCODE,
} as const;

export default rowRule({
  type: "isAddress",
  title: "Is address",
  docs: "Each text reads as a postal address that has the required parts. Recognised by form, not by a gazetteer: road = a house number beside words, or a street word (Street, Avenue, Straße, Rue, Calle, P.O. Box …); city = a capitalised word after a comma or beside a postcode; state = a United States or Canadian two-letter code, or a state name; country = a country name or code at the end; postcode = the forms of the larger countries. NULL passes.",
  takes: "single",
  appliesTo: ["String"],
  properties: z.object({
    required_labels: z
      .array(z.enum(["road", "city", "state", "country", "postcode"]))
      .min(1)
      .default(["road"])
      .describe("the parts that must be found"),
  }),
  weight: 3,
  category: "data_integrity",
  filterable: true,
  coverable: true,
  scope: "slice",
  describe: ([field], p) => `${field} is an address with ${p.required_labels.join(", ")}`,
  violates: ([x], p) => or(...p.required_labels.map((label) => not(matches(x!, PARTS[label])))),
  cases: [
    {
      value: "12 Elm Street, Springfield, IL 62704, USA",
      with: { required_labels: ["road", "city", "state", "country", "postcode"] },
      violates: false,
    },
    { value: "Elm Street", with: { required_labels: ["road", "city"] }, violates: true },
    { value: "Lindenstraße 5, 10969 Berlin, Germany", with: { required_labels: ["road", "city", "country", "postcode"] }, violates: false },
    { value: "10 Downing Street, London SW1A 2AA", with: { required_labels: ["road", "city", "postcode"] }, violates: false },
    { value: "unknown", with: { required_labels: ["road"] }, violates: true },
    { value: "", with: { required_labels: ["road"] }, violates: true },
    { value: null, type: "String", with: { required_labels: ["road"] }, violates: false },
  ],
});
