"""What the database itself refuses: a yes from somebody who asked for it, or wrote any version of the post or of that
which comes again in it, a decision that is changed or taken back, and a yes to something else than was sealed.

On SQLite these triggers name tables of the posts, so they are taken down before migrations and put up after them.
"""

from __future__ import annotations

from typing import Any

from django.db import connections

DECISION = "approvals_decision"

OWN_WORK = """EXISTS (
    SELECT 1 FROM approvals_request r JOIN posts_post p ON p.id = r.post_id
    WHERE r.id = NEW.request_id AND (
        r.asked_by_id = NEW.person_id OR p.author_id = NEW.person_id OR p.changed_by_id = NEW.person_id
        OR EXISTS (SELECT 1 FROM posts_revision v WHERE v.post_id = p.id AND v.by_id = NEW.person_id)
        OR EXISTS (SELECT 1 FROM posts_revision v JOIN posts_evergreen e ON e.post_id = v.post_id
            WHERE e.id = p.again_of_id AND v.by_id = NEW.person_id)
        OR EXISTS (SELECT 1 FROM posts_revision v JOIN posts_post f ON f.id = v.post_id
            WHERE f.recurrence_id = p.recurrence_id AND f.source <> 'recurrence' AND v.by_id = NEW.person_id)))"""
OTHER_SEAL = "NOT EXISTS (SELECT 1 FROM approvals_request r WHERE r.id = NEW.request_id AND r.sha256 = NEW.sha256)"
FOUR_EYES = "nobody approves own work"
SEALED = "an answer is bound to what was sealed"
FINAL = "decisions are not changed"
KEPT = "request_id, stage, guest_id, covers, answer, because, sha256, at"

SQLITE = {
    "approvals_four_eyes": f"BEFORE INSERT ON {DECISION} WHEN NEW.answer = 'yes' AND NEW.person_id IS NOT NULL"
    f" AND {OWN_WORK} BEGIN SELECT RAISE(ABORT, '{FOUR_EYES}'); END",
    "approvals_sealed": f"BEFORE INSERT ON {DECISION} WHEN {OTHER_SEAL} BEGIN SELECT RAISE(ABORT, '{SEALED}'); END",
    # A person who leaves for good is forgotten here (SET NULL); the record keeps who it was.
    "approvals_final": f"BEFORE UPDATE OF {KEPT} ON {DECISION} BEGIN SELECT RAISE(ABORT, '{FINAL}'); END",
    "approvals_kept": f"BEFORE DELETE ON {DECISION} BEGIN SELECT RAISE(ABORT, '{FINAL}'); END",
}
POSTGRESQL = (
    f"""CREATE OR REPLACE FUNCTION approvals_decision_guard() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF NEW.answer = 'yes' AND NEW.person_id IS NOT NULL AND {OWN_WORK} THEN
            RAISE EXCEPTION '{FOUR_EYES}' USING ERRCODE = 'check_violation'; END IF;
        IF {OTHER_SEAL} THEN RAISE EXCEPTION '{SEALED}' USING ERRCODE = 'check_violation'; END IF;
        RETURN NEW; END $$""",
    f"""CREATE OR REPLACE TRIGGER approvals_decision_guard BEFORE INSERT ON {DECISION}
        FOR EACH ROW EXECUTE FUNCTION approvals_decision_guard()""",
    f"""CREATE OR REPLACE FUNCTION approvals_decision_final() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION '{FINAL}' USING ERRCODE = 'check_violation'; END $$""",
    f"""CREATE OR REPLACE TRIGGER approvals_decision_final BEFORE UPDATE OF {KEPT} OR DELETE ON {DECISION}
        FOR EACH ROW EXECUTE FUNCTION approvals_decision_final()""",
)


class Guard:
    """Stands down while Django changes tables, and is there again afterwards."""

    def before_migrations(self, using: str = "default", plan: Any = (), **_more: Any) -> None:
        if plan and connections[using].vendor == "sqlite":
            with connections[using].cursor() as cursor:
                for name in SQLITE:
                    cursor.execute(f"DROP TRIGGER IF EXISTS {name}")

    def after_migrations(self, using: str = "default", **told: Any) -> None:
        connection = connections[using]
        if "plan" not in told or DECISION not in connection.introspection.table_names():
            return
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                for statement in POSTGRESQL:
                    cursor.execute(statement)
            else:
                for name, what in SQLITE.items():
                    cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
                    cursor.execute(f"CREATE TRIGGER {name} {what}")


GUARD = Guard()
