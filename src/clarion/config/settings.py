"""Django's settings, derived from ``clarion.config.environment``: nothing here is meant to be edited by an operator."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
from django.utils.csp import CSP

import clarion
from clarion.networks.addresses import PrivateHosts

from .environment import BadSetting, Environment, bucket, hsts, mailer
from .logs import logging_config

ENVIRONMENT = Environment()
PACKAGE = Path(clarion.__file__).parent
DATA = ENVIRONMENT.data

SECRET_KEY, *SECRET_KEY_FALLBACKS = ENVIRONMENT.signing_keys
DEBUG = False
BASE_URL = ENVIRONMENT["CLARION_BASE_URL"].rstrip("/")
_base = urlsplit(BASE_URL)
if _base.scheme not in ("http", "https") or not _base.hostname:
    raise BadSetting("CLARION_BASE_URL must be an address such as https://social.example.org.")
SECURE = _base.scheme == "https"
SHORT_URL = ENVIRONMENT["CLARION_SHORT_URL"].rstrip("/")
_short = urlsplit(SHORT_URL)
if SHORT_URL and (_short.scheme not in ("http", "https") or not _short.hostname or _short.query or _short.fragment):
    raise BadSetting("CLARION_SHORT_URL must be an address such as https://go.example.org.")
if not _short.path and _short.netloc == _base.netloc:  # our own pages are there
    SHORT_URL = ""
# A domain that only has short links: its whole path is a link's name.
SHORT_HOST = _short.netloc if SHORT_URL and not _short.path else ""
ALLOWED_HOSTS = [_base.hostname, *filter(None, [_short.hostname]), "localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = [f"{_base.scheme}://{_base.netloc}"]
PRIVATE_HOSTS = ENVIRONMENT.private_hosts
try:
    PrivateHosts(PRIVATE_HOSTS)
except ValueError as error:
    raise BadSetting(f"CLARION_PRIVATE_HOSTS: {error}.") from None
MEDIA_BUCKET = bucket(ENVIRONMENT["CLARION_MEDIA_URL"])

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "clarion.organisations",
    "clarion.records",
    "clarion.work",
    "clarion.channels",
    "clarion.notifications",
    "clarion.posts",
    "clarion.approvals",
    "clarion.deliveries",
    "clarion.web",
]

MIDDLEWARE = [
    "clarion.web.headers.Guarded",
    "clarion.web.middleware.DatabaseGone",
    "clarion.web.middleware.ShortDomain",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "clarion.web.sign_in_rules.SignInRules",
]

ROOT_URLCONF = "clarion.config.urls"
ASGI_APPLICATION = "clarion.config.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "web" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "clarion.web.context.shell",
            ],
            "builtins": ["clarion.web.templatetags.face"],
        },
    }
]

if ENVIRONMENT["DATABASE_URL"]:
    _database = dict(dj_database_url.parse(ENVIRONMENT["DATABASE_URL"]))
else:
    _database = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(DATA / "clarion.sqlite3")}
IS_SQLITE = _database["ENGINE"].endswith("sqlite3")
if IS_SQLITE:
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        # FULL: the intent of a step must survive a power cut.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
        " PRAGMA cache_size=-8000; PRAGMA temp_store=MEMORY;",
    }
    _database["CONN_MAX_AGE"] = None
else:
    INSTALLED_APPS.append("procrastinate.contrib.django")
    # What the address itself says (sslmode and the like) stands.
    _database["OPTIONS"] = {
        "pool": {"min_size": 1, "max_size": 24, "timeout": 20},
        "connect_timeout": 10,
        # A line that broke without a word is found out within half a minute, on our side …
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 20000,
        # … and a worker that stopped in the middle of a transaction gives its rows up before its lease ends.
        "options": "-c idle_in_transaction_session_timeout=10s",
        **_database.get("OPTIONS", {}),
    }
    _database["CONN_HEALTH_CHECKS"] = True
DATABASES = {"default": _database}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# -- signing in: see docs/signing-in.md
AUTH_USER_MODEL = "organisations.User"
AUTHENTICATION_BACKENDS = ["clarion.web.accounts.Backend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"clarion.web.passwords.{name}"} for name in ("LongEnough", "NotTooLong", "NotCommon", "NotAboutYou")
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "clarion.web.accounts.Accounts"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_REAUTHENTICATION_TIMEOUT = 10 * 60
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,200/d/ip,5/5m/key,20/h/key,100/d/key"}
MFA_ADAPTER = "clarion.web.second_factor.SecondFactor"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = {
    "authenticate": "clarion.web.second_factor.Authenticate",
    "reauthenticate": "clarion.web.second_factor.Reauthenticate",
    "activate_totp": "clarion.web.second_factor.ActivateApp",
}
MFA_ALLOW_UNVERIFIED_EMAIL = True  # people come by invitation: whoever sets the password has read the mail
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_TOLERANCE = 1
MFA_RECOVERY_CODE_DIGITS = 10
MFA_RECOVERY_CODES_SHOW_ONCE = True
# Tries are counted by all processes together; what only one process needs to know stays in its memory.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "organisations_tally",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    },
    "near": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
}
TRUSTED_PROXIES = ENVIRONMENT.trusted_proxies
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30  # at most: organisations may say less
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
if SECURE:
    # Browsers keep such a name only from this very host and over TLS: no neighbouring domain can set it.
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
HSTS = hsts(ENVIRONMENT["CLARION_HSTS"]) if SECURE else ""
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "manifest-src": [CSP.SELF],
    "worker-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "media-src": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
}

LANGUAGES = [("en", "English"), ("fr", "Français"), ("de", "Deutsch"), ("es", "Español"), ("ar", "العربية")]
LANGUAGE_CODE = ENVIRONMENT["CLARION_LANGUAGE"]
if LANGUAGE_CODE not in dict(LANGUAGES):
    raise BadSetting(f"CLARION_LANGUAGE must be one of {', '.join(dict(LANGUAGES))}.")
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_AGE = 60 * 60 * 24 * 365
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = SECURE
LOCALE_PATHS = [PACKAGE / "web" / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "/static/"
MEDIA_ROOT = DATA / "media"
MEDIA_CACHE = DATA / "cache"
MEDIA_URL = "/media/"
DATA_UPLOAD_MAX_MEMORY_SIZE = 10_000_000
# A long thread with pictures and variants is many fields; losing it to a 400 would lose somebody's words.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
DATA_UPLOAD_MAX_NUMBER_FILES = 1_000  # the composer refuses more than a few, in a sentence: a bare 400 would lose words
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_000_000

MAILERS = {"default": mailer(ENVIRONMENT["CLARION_EMAIL_URL"])}
DEFAULT_FROM_EMAIL = ENVIRONMENT["CLARION_EMAIL_FROM"] or f"Clarion <clarion@{_base.hostname}>"

LOGGING_CONFIG = None
LOGGING = logging_config(ENVIRONMENT["CLARION_LOG"])
CSRF_FAILURE_VIEW = "clarion.web.pages.errors.csrf"
SILENCED_SYSTEM_CHECKS = ["security.W004", "security.W008"]
