/** All made-up tables: business data as it is kept, with skew, rare but legitimate values, optional fields, free text and heavy tails. */
import type { CleanTable } from "../clean-table.ts";
import { readings, sessions, shipments } from "./machines.ts";
import { customers, employees, offices, survey } from "./people.ts";
import { invoices, ledger, orders, products, stock } from "./sales.ts";

export const madeTables = (): CleanTable[] => {
  const [people, articles] = [customers(), products()];
  return [
    people,
    orders(people),
    employees(),
    survey(),
    offices(),
    articles,
    stock(articles),
    invoices(),
    ledger(),
    readings(),
    shipments(),
    sessions(),
  ];
};
