"""What the database itself refuses: a yes from somebody who asked for it, now or before, or wrote any version of the
post or of what it was made from, a decision that is changed, taken back or given to another person, a yes to something
else than was sealed, another seal on a question that was asked, and a question that is answered by nobody, or passed by
without a name and a reason.

On SQLite these triggers name tables of the posts, so they are taken down before migrations and put up after them.
"""

from __future__ import annotations

from typing import Any

from django.db import connections

DECISION, REQUEST = "approvals_decision", "approvals_request"

OWN_WORK = """EXISTS (
    SELECT 1 FROM approvals_request r JOIN posts_post p ON p.id = r.post_id
    WHERE r.id = NEW.request_id AND (
        p.author_id = NEW.person_id OR p.changed_by_id = NEW.person_id
        OR EXISTS (SELECT 1 FROM approvals_request o WHERE o.post_id = p.id AND o.asked_by_id = NEW.person_id)
        OR EXISTS (SELECT 1 FROM posts_revision v WHERE v.post_id = p.id AND v.by_id = NEW.person_id)
        OR EXISTS (SELECT 1 FROM posts_post_words_of w WHERE w.post_id = p.id AND w.user_id = NEW.person_id)
        OR EXISTS (SELECT 1 FROM posts_revision v JOIN posts_evergreen e ON e.post_id = v.post_id
            WHERE e.id = p.again_of_id AND v.by_id = NEW.person_id)
        OR EXISTS (SELECT 1 FROM posts_revision v JOIN posts_post f ON f.id = v.post_id
            WHERE f.recurrence_id = p.recurrence_id AND f.source <> 'recurrence' AND v.by_id = NEW.person_id)))"""
OTHER_SEAL = "NOT EXISTS (SELECT 1 FROM approvals_request r WHERE r.id = NEW.request_id AND r.sha256 = NEW.sha256)"
UNSAID = """NEW.state <> OLD.state AND (NEW.state = 'approved' AND NOT EXISTS (
        SELECT 1 FROM approvals_decision d WHERE d.request_id = NEW.id AND d.answer = 'yes' AND d.sha256 = NEW.sha256)
    OR NEW.state = 'glass' AND (NEW.glass_by_id IS NULL OR NEW.because = ''))"""
AT_ONCE = "NEW.state IN ('approved', 'glass')"
RESEALED = """NEW.sha256 <> OLD.sha256 OR NEW.post_id <> OLD.post_id
    OR CAST(NEW.seals AS text) <> CAST(OLD.seals AS text)"""
FOUR_EYES = "nobody approves own work"
SEALED = "an answer is bound to what was sealed"
FINAL = "decisions are not changed"
NOBODY = "nobody said yes to it"
KEPT_SEAL = "what was sealed stays as it is"
KEPT = "request_id, stage, guest_id, covers, answer, because, sha256, at"

SQLITE = {
    "approvals_four_eyes": f"BEFORE INSERT ON {DECISION} WHEN NEW.answer = 'yes' AND NEW.person_id IS NOT NULL"
    f" AND {OWN_WORK} BEGIN SELECT RAISE(ABORT, '{FOUR_EYES}'); END",
    "approvals_sealed": f"BEFORE INSERT ON {DECISION} WHEN {OTHER_SEAL} BEGIN SELECT RAISE(ABORT, '{SEALED}'); END",
    # A person who leaves for good is forgotten here (SET NULL); the record keeps who it was.
    "approvals_final": f"BEFORE UPDATE OF {KEPT} ON {DECISION} BEGIN SELECT RAISE(ABORT, '{FINAL}'); END",
    "approvals_whose": f"BEFORE UPDATE OF person_id ON {DECISION} WHEN NEW.person_id IS NOT NULL"
    f" BEGIN SELECT RAISE(ABORT, '{FINAL}'); END",
    "approvals_kept": f"BEFORE DELETE ON {DECISION} BEGIN SELECT RAISE(ABORT, '{FINAL}'); END",
    "approvals_unsaid": f"BEFORE UPDATE ON {REQUEST} WHEN {UNSAID} BEGIN SELECT RAISE(ABORT, '{NOBODY}'); END",
    "approvals_at_once": f"BEFORE INSERT ON {REQUEST} WHEN {AT_ONCE} BEGIN SELECT RAISE(ABORT, '{NOBODY}'); END",
    "approvals_resealed": f"BEFORE UPDATE ON {REQUEST} WHEN {RESEALED} BEGIN SELECT RAISE(ABORT, '{KEPT_SEAL}'); END",
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
    f"""CREATE OR REPLACE TRIGGER approvals_decision_whose BEFORE UPDATE ON {DECISION}
        FOR EACH ROW WHEN (NEW.person_id IS NOT NULL AND NEW.person_id IS DISTINCT FROM OLD.person_id)
        EXECUTE FUNCTION approvals_decision_final()""",
    f"""CREATE OR REPLACE FUNCTION approvals_request_guard() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF TG_OP = 'INSERT' THEN
            IF {AT_ONCE} THEN RAISE EXCEPTION '{NOBODY}' USING ERRCODE = 'check_violation'; END IF;
            RETURN NEW; END IF;
        IF {UNSAID} THEN RAISE EXCEPTION '{NOBODY}' USING ERRCODE = 'check_violation'; END IF;
        IF {RESEALED} THEN RAISE EXCEPTION '{KEPT_SEAL}' USING ERRCODE = 'check_violation'; END IF;
        RETURN NEW; END $$""",
    f"""CREATE OR REPLACE TRIGGER approvals_request_guard BEFORE INSERT OR UPDATE ON {REQUEST}
        FOR EACH ROW EXECUTE FUNCTION approvals_request_guard()""",
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
