"""How posts and media come to be found: the triggers that keep ``Listing`` and ``MediaListing``, for both databases.

On SQLite an FTS5 table lies over each of them (https://sqlite.org/fts5.html#external_content_tables), on PostgreSQL a
column of lexemes with a GIN index. Case and accents do not count on either.
"""

# ruff: noqa: S608  statements made of our own names
from __future__ import annotations

from typing import Any

from clarion.posts.triggers import Triggers

LONGEST = 100_000
"""So many characters of a post's words are searched on PostgreSQL: a ``tsvector`` holds less than a megabyte."""

# -- SQLite

FTS = "tokenize = \"unicode61 remove_diacritics 2\", prefix = '2 3', columnsize = 0"
"""Unfinished words of two or three letters, the first that one types, are looked up and not gathered."""


def fts_table(of: str, *columns: str) -> str:
    """The workspace is a word as well, so that what others have written costs nothing."""
    return (
        f"CREATE VIRTUAL TABLE {of}_words USING fts5("
        f"workspace_id, {', '.join(columns)}, content = '{of}', content_rowid = 'id', {FTS})"
    )


def _fts(of: str, *columns: str) -> dict[str, str]:
    table, names = f"{of}_words", ", ".join(("workspace_id", *columns))
    new = ", ".join(f"NEW.{name}" for name in ("id", "workspace_id", *columns))
    old = new.replace("NEW.", "OLD.")
    put = f"INSERT INTO {table}(rowid, {names}) VALUES ({new});"
    take = f"INSERT INTO {table}({table}, rowid, {names}) VALUES ('delete', {old});"
    return {
        f"{of}_found": f"AFTER INSERT ON {of} BEGIN {put} END",
        f"{of}_lost": f"AFTER DELETE ON {of} BEGIN {take} END",
        f"{of}_changed": f"AFTER UPDATE OF {names} ON {of} BEGIN {take} {put} END",
    }


def _variants(post: str) -> str:
    """The words of all variants of a post. What is no part with a text is passed over: a trigger never refuses."""
    return (
        "coalesce((SELECT group_concat(CASE part.type WHEN 'object' THEN json_extract(part.value, '$.text') END, ' ')"
        f" FROM posts_variant v, json_each(v.content, '$.parts') part WHERE v.post_id = {post}), '')"
    )


def _labels(media: str) -> str:
    return (
        "coalesce((SELECT group_concat(l.name, ' ') FROM posts_media_labels m JOIN posts_label l ON l.id = m.label_id"
        f" WHERE m.media_id = {media}), '')"
    )


def _listed(post: str, *, where: str = "") -> str:
    return (
        "INSERT INTO posts_listing(post_id, workspace_id, words, variants, is_draft, at)"
        f" SELECT p.id, p.workspace_id, p.text, {_variants('p.id')}, 1, p.wanted_at FROM posts_post p"
        f" WHERE {post} AND p.removed_at IS NULL{where};"
    )


def _media_listed(media: str, *, where: str = "") -> str:
    return (
        "INSERT INTO posts_medialisting(media_id, workspace_id, name, alt, labels)"
        f" SELECT m.id, m.workspace_id, m.name, m.alt, {_labels('m.id')} FROM posts_media m"
        f" WHERE {media} AND m.source_id IS NULL{where};"
    )


def _changed(table: str, key: str, column: str, value: str) -> str:
    return f"UPDATE {table} SET {column} = {value} WHERE {key} AND {column} IS NOT {value};"


def _of_variant(row: str) -> str:
    return _changed("posts_listing", f"post_id = {row}.post_id", "variants", _variants(f"{row}.post_id"))


def _of_label(row: str) -> str:
    return _changed("posts_medialisting", f"media_id = {row}.media_id", "labels", _labels(f"{row}.media_id"))


SQLITE = {
    **_fts("posts_listing", "words", "variants"),
    **_fts("posts_medialisting", "name", "alt", "labels"),
    "posts_post_listed": f"AFTER INSERT ON posts_post BEGIN {_listed('p.id = NEW.id')} END",
    "posts_post_unlisted": "AFTER DELETE ON posts_post BEGIN DELETE FROM posts_listing WHERE post_id = OLD.id; END",
    "posts_post_said": "AFTER UPDATE OF text ON posts_post BEGIN "
    + _changed("posts_listing", "post_id = NEW.id", "words", "NEW.text") + " END",
    "posts_post_wanted": "AFTER UPDATE OF wanted_at ON posts_post BEGIN "
    + _changed("posts_listing", "post_id = NEW.id AND is_draft", "at", "NEW.wanted_at") + " END",
    "posts_post_removed": "AFTER UPDATE OF removed_at ON posts_post WHEN NEW.removed_at IS NOT NULL BEGIN "
    "DELETE FROM posts_listing WHERE post_id = NEW.id; END",
    "posts_post_returned": "AFTER UPDATE OF removed_at ON posts_post WHEN NEW.removed_at IS NULL "
    f"AND OLD.removed_at IS NOT NULL BEGIN {_listed('p.id = NEW.id')} END",
    "posts_variant_said": f"AFTER INSERT ON posts_variant BEGIN {_of_variant('NEW')} END",
    "posts_variant_changed": f"AFTER UPDATE OF content ON posts_variant BEGIN {_of_variant('NEW')} END",
    "posts_variant_gone": f"AFTER DELETE ON posts_variant BEGIN {_of_variant('OLD')} END",
    "posts_media_listed": f"AFTER INSERT ON posts_media BEGIN {_media_listed('m.id = NEW.id')} END",
    "posts_media_unlisted": "AFTER DELETE ON posts_media BEGIN DELETE FROM posts_medialisting WHERE media_id = OLD.id;"
    " END",
    "posts_media_named": "AFTER UPDATE OF name, alt ON posts_media BEGIN UPDATE posts_medialisting"
    " SET name = NEW.name, alt = NEW.alt WHERE media_id = NEW.id AND (name, alt) IS NOT (NEW.name, NEW.alt); END",
    "posts_media_labelled": f"AFTER INSERT ON posts_media_labels BEGIN {_of_label('NEW')} END",
    "posts_media_unlabelled": f"AFTER DELETE ON posts_media_labels BEGIN {_of_label('OLD')} END",
    "posts_label_renamed": "AFTER UPDATE OF name ON posts_label BEGIN UPDATE posts_medialisting SET labels = "
    + _labels("posts_medialisting.media_id")
    + " WHERE media_id IN (SELECT media_id FROM posts_media_labels WHERE label_id = NEW.id); END",
}  # fmt: skip

# -- PostgreSQL

FOLDED = r"""CREATE OR REPLACE FUNCTION posts_folded(said text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
 SELECT regexp_replace(regexp_replace(normalize(lower(said{collation}), NFKD), '[\u0300-\u036f]+', '', 'g'),
 '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u2000-\u206f\u2190-\u2bff\u3000-\u303f]+', ' ', 'g') $$"""
ICU = "SELECT 1 FROM pg_collation WHERE collname = 'und-x-icu'"


def folded(cursor: Any) -> str:
    """Words in small letters without accents, and nothing but words, as FTS5 cuts them: no hosts, paths or hyphens.

    A database whose own locale is C knows no letters but English ones; ICU does, and PostgreSQL is built with it.
    """
    cursor.execute(ICU)
    return FOLDED.format(collation=' COLLATE "und-x-icu"' if cursor.fetchone() else "")


DOCUMENT = f"""CREATE OR REPLACE FUNCTION posts_document(workspace uuid, said text) RETURNS tsvector
 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
 SELECT to_tsvector('simple', left(posts_folded(left(said, {LONGEST})), {LONGEST}))
 || array_to_tsvector(ARRAY['w' || replace(workspace::text, '-', '')]) $$"""


def document(of: str, *columns: str) -> str:
    said = " || ' ' || ".join(columns)
    return (
        f"ALTER TABLE {of} ADD COLUMN IF NOT EXISTS document tsvector"
        f" GENERATED ALWAYS AS (posts_document(workspace_id, {said})) STORED"
    )


VARIANTS_OF = """CREATE OR REPLACE FUNCTION posts_variants_of(post uuid) RETURNS text LANGUAGE sql STABLE AS $$
 SELECT coalesce(string_agg(part ->> 'text', ' ' ORDER BY v.id, n), '') FROM posts_variant v,
 jsonb_array_elements(CASE jsonb_typeof(v.content -> 'parts') WHEN 'array' THEN v.content -> 'parts' ELSE '[]' END)
 WITH ORDINALITY AS parts(part, n) WHERE v.post_id = post $$"""
LABELS_OF = """CREATE OR REPLACE FUNCTION posts_labels_of(media uuid) RETURNS text LANGUAGE sql STABLE AS $$
 SELECT coalesce(string_agg(l.name, ' ' ORDER BY m.id), '') FROM posts_media_labels m
 JOIN posts_label l ON l.id = m.label_id WHERE m.media_id = media $$"""


def trigger(name: str, *, on: str, when: str, body: str, only: str = "") -> tuple[str, str]:
    """A function and the trigger that calls it for each row. Of inserts it is called once a statement, with the table
    ``fresh`` of all new rows: that is three times as fast for many of them."""
    given = "REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT" if when == "INSERT" else "FOR EACH ROW"
    given += f" WHEN ({only})" if only else ""
    return (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NULL; END $$",
        f"CREATE OR REPLACE TRIGGER {name} AFTER {when} ON {on} {given} EXECUTE FUNCTION {name}()",
    )


_LIST = """INSERT INTO posts_listing(post_id, workspace_id, words, variants, is_draft, at)
 SELECT p.id, p.workspace_id, p.text, posts_variants_of(p.id), true, p.wanted_at FROM posts_post p
 WHERE {which} AND p.removed_at IS NULL ON CONFLICT (post_id) DO NOTHING;"""
_LIST_MEDIA = """INSERT INTO posts_medialisting(media_id, workspace_id, name, alt, labels)
 SELECT m.id, m.workspace_id, m.name, m.alt, posts_labels_of(m.id) FROM posts_media m
 WHERE {which} AND m.source_id IS NULL ON CONFLICT (media_id) DO NOTHING;"""

POSTGRESQL = (
    VARIANTS_OF, LABELS_OF,
    *trigger("posts_post_listed", on="posts_post", when="INSERT",
        body="""INSERT INTO posts_listing(post_id, workspace_id, words, variants, is_draft, at)
        SELECT id, workspace_id, text, '', true, wanted_at FROM fresh WHERE removed_at IS NULL
        ON CONFLICT (post_id) DO NOTHING;"""),
    *trigger("posts_post_changed", on="posts_post", when="DELETE OR UPDATE OF text, wanted_at, removed_at",
        body=f"""IF TG_OP = 'DELETE' THEN DELETE FROM posts_listing WHERE post_id = OLD.id;
        ELSIF NEW.removed_at IS NOT NULL THEN DELETE FROM posts_listing WHERE post_id = NEW.id;
        ELSE {_LIST.format(which="p.id = NEW.id")}
        UPDATE posts_listing SET words = NEW.text WHERE post_id = NEW.id AND words <> NEW.text;
        UPDATE posts_listing SET at = NEW.wanted_at
        WHERE post_id = NEW.id AND is_draft AND at IS DISTINCT FROM NEW.wanted_at; END IF;"""),
    *trigger("posts_variant_said", on="posts_variant", when="INSERT OR DELETE OR UPDATE OF content",
        body="""UPDATE posts_listing SET variants = posts_variants_of(post_id)
        WHERE post_id = coalesce(NEW.post_id, OLD.post_id) AND variants <> posts_variants_of(post_id);"""),
    *trigger("posts_media_listed", on="posts_media", when="INSERT OR DELETE OR UPDATE OF name, alt",
        body=f"""IF TG_OP = 'DELETE' THEN DELETE FROM posts_medialisting WHERE media_id = OLD.id;
        ELSE {_LIST_MEDIA.format(which="m.id = NEW.id")} IF TG_OP = 'UPDATE' THEN
        UPDATE posts_medialisting SET name = NEW.name, alt = NEW.alt
        WHERE media_id = NEW.id AND (name, alt) <> (NEW.name, NEW.alt); END IF; END IF;"""),
    *trigger("posts_media_labelled", on="posts_media_labels", when="INSERT OR DELETE",
        body="""UPDATE posts_medialisting SET labels = posts_labels_of(media_id)
        WHERE media_id = coalesce(NEW.media_id, OLD.media_id);"""),
    *trigger("posts_label_renamed", on="posts_label", when="UPDATE OF name",
        body="""UPDATE posts_medialisting SET labels = posts_labels_of(media_id)
        WHERE media_id IN (SELECT media_id FROM posts_media_labels WHERE label_id = NEW.id);"""),
)  # fmt: skip

FUNCTIONS = (
    "posts_post_listed", "posts_post_changed", "posts_variant_said", "posts_media_listed", "posts_media_labelled",
    "posts_label_renamed", "deliveries_promised", "deliveries_gone", "deliveries_moved", "deliveries_listed",
    "posts_variants_of", "posts_labels_of", "posts_document", "posts_folded",
)  # fmt: skip

# -- both

_PIECE = "{0} > %(above)s AND {0} <= %(to)s"
_HERE = _PIECE.format("post_id")
_POST = "(SELECT p.{} FROM posts_post p WHERE p.id = posts_listing.post_id)"
_MEDIA = "(SELECT m.{} FROM posts_media m WHERE m.id = posts_medialisting.media_id)"

MENDING = {
    "sqlite": (
        f"DELETE FROM posts_listing WHERE {_HERE} AND {_POST.format('removed_at')} IS NOT NULL",
        _listed(_PIECE.format("p.id"), where=" AND NOT EXISTS (SELECT 1 FROM posts_listing o WHERE o.post_id = p.id)"
            " ORDER BY p.id"),
        _changed("posts_listing", _HERE, "words", _POST.format("text")),
        _changed("posts_listing", _HERE, "variants", _variants("posts_listing.post_id")),
        _changed("posts_listing", f"{_HERE} AND is_draft", "at", _POST.format("wanted_at")),
    ),
    "postgresql": (
        f"DELETE FROM posts_listing WHERE {_HERE} AND {_POST.format('removed_at')} IS NOT NULL",
        _LIST.format(which=_PIECE.format("p.id")),
    ),
}  # fmt: skip
MEDIA_MENDING = {
    "sqlite": (
        _media_listed(
            _PIECE.format("m.id"),
            where=" AND NOT EXISTS (SELECT 1 FROM posts_medialisting o WHERE o.media_id = m.id)",
        ),
        "UPDATE posts_medialisting SET name = {name}, alt = {alt}, labels = {labels}"
        " WHERE {here} AND (name, alt, labels) IS NOT ({name}, {alt}, {labels})".format(
            name=_MEDIA.format("name"), alt=_MEDIA.format("alt"), labels=_labels("posts_medialisting.media_id"),
            here=_PIECE.format("media_id"),
        ),
    ),
    "postgresql": (_LIST_MEDIA.format(which=_PIECE.format("m.id")),),
}  # fmt: skip
IN_ORDER = (
    "CREATE INDEX IF NOT EXISTS posts_of_channel ON posts_post_channels (channel_id, post_id)",
    "CREATE INDEX IF NOT EXISTS posts_of_label ON posts_post_labels (label_id, post_id)",
)
"""The tables between a post and its channels and labels are Django's own, so their indexes cannot be declared."""


GIN = tuple(
    f"CREATE INDEX IF NOT EXISTS {of}_document ON {of} USING gin (document) WITH (fastupdate = off)"
    for of in ("posts_listing", "posts_medialisting")
)
"""Made when the rows are there, and right: over a million of them in half a minute. So it is for ``deliveries`` to make
them, which mend last. ``fastupdate``: what is written is found at once, and no search has to put the index in order."""

POSTS = Triggers(
    of="posts_post", sqlite=SQLITE, postgresql=POSTGRESQL, mending=MENDING,
    indexes={"sqlite": IN_ORDER, "postgresql": IN_ORDER},
)  # fmt: skip
MEDIA = Triggers(of="posts_media", sqlite={}, postgresql=(), mending=MEDIA_MENDING)
