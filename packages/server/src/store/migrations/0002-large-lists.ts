/**
 * What lists of a large installation are read from (docs/decisions/0032-rows-say-their-whole-weight.md). The row of a check says its whole weight, that
 * of its tags with it, so that lists by weight are read in order from an index. What tags were put on, or taken from, is written down, and taken into the
 * rows of the checks some time later (store/tag-weights.ts).
 */
import { statements } from "./migration.ts";

/** What a trigger writes down: that what these objects carry has changed. */
const retag = (objects: string) => `INSERT INTO retagged (noun, object_id) ${objects}`;
const ON_CHECKS = `noun IN ('check', 'container', 'datastore')`;

const onLinks = (event: "INSERT" | "DELETE", rows: "NEW" | "OLD") =>
  `CREATE TRIGGER retag_${event} AFTER ${event} ON tag_link REFERENCING ${rows} TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION retag_links()`;

export default statements([
  // First, while nobody who reads checks has to wait for it.
  // What is called exactly as somebody typed, among thousands that are called something like it.
  `CREATE INDEX container_called ON container (lower(name))`,
  `CREATE INDEX field_called ON field (lower(name))`,
  // All containers in the order in which they are listed.
  `CREATE INDEX container_by_name ON container (name, id)`,
  // How many containers a datastore has, from an index alone.
  `CREATE INDEX container_present ON container (datastore_id) WHERE removed_at IS NULL`,
  `ALTER TABLE "check" ADD COLUMN tags_kept bigint NOT NULL DEFAULT 0`,
  `CREATE TABLE retagged (noun text NOT NULL, object_id bigint NOT NULL, at timestamptz NOT NULL DEFAULT now())`,
  `CREATE INDEX retagged_object ON retagged (noun, object_id)`,
  // What its own tags and those of its container and datastore weigh together; a tag that two of them carry counts once.
  `CREATE FUNCTION weight_of_tags(check_id bigint, container_id bigint, datastore_id bigint) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(tag.weight_modifier), 0)::bigint FROM tag WHERE tag.id IN (SELECT link.tag_id FROM tag_link link
      WHERE (link.noun = 'check' AND link.object_id = $1) OR (link.noun = 'container' AND link.object_id = $2)
        OR (link.noun = 'datastore' AND link.object_id = $3)) $$`,
  `CREATE OR REPLACE FUNCTION keep_check() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'INSERT' THEN
        NEW.open_kept := 0;
        IF NEW.datastore_id IS NULL THEN SELECT c.datastore_id INTO NEW.datastore_id FROM container c WHERE c.id = NEW.container_id; END IF;
        NEW.tags_kept := weight_of_tags(NEW.id, NEW.container_id, NEW.datastore_id);
      END IF;
      NEW.weight_kept := NEW.tags_kept + rule_weight(NEW.rule_type) + CASE WHEN NEW.inferred THEN CASE WHEN NEW.open_kept > 0 THEN 6 ELSE 0 END
        ELSE CASE WHEN NEW.open_kept > 0 THEN 12 ELSE 9 END END;
      RETURN NEW;
    END $$`,
  `CREATE OR REPLACE TRIGGER keep_check BEFORE INSERT OR UPDATE OF rule_type, inferred, open_kept, tags_kept ON "check"
    FOR EACH ROW EXECUTE FUNCTION keep_check()`,
  `CREATE FUNCTION retag_links() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN ${retag(`SELECT DISTINCT noun, object_id FROM changed WHERE ${ON_CHECKS}`)}; RETURN NULL; END $$`,
  onLinks("INSERT", "NEW"),
  onLinks("DELETE", "OLD"),
  `CREATE FUNCTION retag_tag() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN ${retag(`SELECT noun, object_id FROM tag_link WHERE tag_id = NEW.id AND ${ON_CHECKS}`)}; RETURN NULL; END $$`,
  `CREATE TRIGGER retag_tag AFTER UPDATE OF weight_modifier ON tag FOR EACH ROW
    WHEN (OLD.weight_modifier IS DISTINCT FROM NEW.weight_modifier) EXECUTE FUNCTION retag_tag()`,
  retag(`SELECT DISTINCT noun, object_id FROM tag_link WHERE ${ON_CHECKS}`),
]);
