/** The OpenAPI document and its pages, answered. They need nobody: what the API is, is no secret. */
import type { Context, Hono } from "hono";
import { Document } from "./document.ts";
import { indexPage, nounPage, schemasPage } from "./pages.ts";
import type { Html } from "./schema-text.ts";
import { STYLE } from "./style.ts";

/** `make` is asked once, when somebody first looks: it costs more than the rest of a start's own work. */
export const serveDocs = (app: Hono, make: () => Record<string, unknown>): void => {
  let made: { text: string; document: Document } | null = null;
  const docs = () => {
    if (made === null) {
      const json = make();
      made = { text: JSON.stringify(json), document: Document.parse(json) };
    }
    return made;
  };
  // A page is made once: there are some thirty, and they do not change while the process lives.
  const pages = new Map<string, Html>();
  const answer = (c: Context, name: string, render: (document: Document) => Html | null) => {
    const page = pages.get(name) ?? render(docs().document);
    if (page === null) return c.notFound();
    pages.set(name, page);
    return c.html(page);
  };
  app.get("/", (c) => c.redirect("/api/docs"));
  app.get("/api/openapi.json", (c) => c.body(docs().text, 200, { "content-type": "application/json" }));
  app.get("/api/docs/style.css", (c) => c.body(STYLE, 200, { "content-type": "text/css; charset=utf-8" }));
  app.get("/api/docs", (c) => answer(c, "", indexPage));
  app.get("/api/docs/schemas", (c) => answer(c, "schemas", schemasPage));
  app.get("/api/docs/:noun", (c) => {
    const noun = c.req.param("noun");
    return answer(c, noun, (document) => nounPage(document, noun));
  });
};
