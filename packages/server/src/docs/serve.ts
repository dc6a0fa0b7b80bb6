/** The OpenAPI document and its pages, answered. They need nobody: what the API is, is no secret. */
import type { Hono } from "hono";
import { Document } from "./document.ts";
import { indexPage, nounPage, schemasPage } from "./pages.ts";
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
  app.get("/", (c) => c.redirect("/api/docs"));
  app.get("/api/openapi.json", (c) => c.body(docs().text, 200, { "content-type": "application/json" }));
  app.get("/api/docs", (c) => c.html(indexPage(docs().document)));
  app.get("/api/docs/style.css", (c) => c.body(STYLE, 200, { "content-type": "text/css; charset=utf-8" }));
  app.get("/api/docs/schemas", (c) => c.html(schemasPage(docs().document)));
  app.get("/api/docs/:noun", (c) => {
    const page = nounPage(docs().document, c.req.param("noun"));
    return page === null ? c.notFound() : c.html(page);
  });
};
