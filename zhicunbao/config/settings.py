"""Django's settings. Everything that an installation may choose is a ``ZHICUNBAO_*`` variable
(or ``DATABASE_URL``) and is described in docs/operating.md.
"""

from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from zhicunbao.config import environment as env

ROOT = Path(__file__).resolve().parents[2]
VAR = Path(env.text("ZHICUNBAO_VAR", str(ROOT / "var")))
"""Everything that changes while the product runs: database file, uploads, published files."""

ZHICUNBAO_DEMO = env.flag("ZHICUNBAO_DEMO", default=False)
ZHICUNBAO_SPONSOR = env.text("ZHICUNBAO_SPONSOR", "云和县人民政府浮云街道办事处")
ZHICUNBAO_RESPONSIBLE = env.text("ZHICUNBAO_RESPONSIBLE")
ZHICUNBAO_COMPLAINTS = env.text("ZHICUNBAO_COMPLAINTS", "12345")
ZHICUNBAO_UPLOAD_MAX_MB = env.number("ZHICUNBAO_UPLOAD_MAX_MB", 15)
ZHICUNBAO_SIGN_IN_FAILURES = env.number("ZHICUNBAO_SIGN_IN_FAILURES", 5)
ZHICUNBAO_SIGN_IN_LOCK_MINUTES = env.number("ZHICUNBAO_SIGN_IN_LOCK_MINUTES", 15)
ZHICUNBAO_LEDGER_HASH = env.choice("ZHICUNBAO_LEDGER_HASH", "SHA-256", ("SHA-256", "SM3"))
ZHICUNBAO_LEDGER_FOLDER = Path(env.text("ZHICUNBAO_LEDGER_FOLDER", str(VAR / "ledger")))
ZHICUNBAO_LEDGER_KEY = Path(env.text("ZHICUNBAO_LEDGER_KEY", str(VAR / "ledger-key.pem")))
ZHICUNBAO_LEDGER_ORIGIN = env.word("ZHICUNBAO_LEDGER_ORIGIN")
ZHICUNBAO_LEDGER_SEAL_MINUTES = env.number("ZHICUNBAO_LEDGER_SEAL_MINUTES", 60)

DEBUG = env.flag("ZHICUNBAO_DEBUG", default=False)
SECRET_KEY = env.text("ZHICUNBAO_SECRET_KEY", "demo-only-not-secret" if ZHICUNBAO_DEMO else "")
if not SECRET_KEY:
    raise ImproperlyConfigured(
        "ZHICUNBAO_SECRET_KEY is empty: give 50 random characters, or ZHICUNBAO_DEMO=1 to try it"
    )
ALLOWED_HOSTS = env.text("ZHICUNBAO_HOSTS", "127.0.0.1,localhost,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [o for o in env.text("ZHICUNBAO_ORIGINS").split(",") if o]

PACKAGE = ROOT / "zhicunbao"
FEATURES = sorted(p.parent.name for p in PACKAGE.glob("*/apps.py"))
"""A folder with an ``apps.py`` is a feature and is installed by being there."""
INSTALLED_APPS = [
    *(f"zhicunbao.{name}" for name in FEATURES),
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django_htmx",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "zhicunbao.base.http.headers",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "zhicunbao.base.http.actor",
    "zhicunbao.base.http.refusals",
]
ROOT_URLCONF = "zhicunbao.config.urls"
WSGI_APPLICATION = "zhicunbao.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "zhicunbao.base.shell.shell",
            ],
            "builtins": ["zhicunbao.base.templatetags.look", "django.templatetags.static"],
        },
    }
]
DATABASES = {"default": env.database(env.text("DATABASE_URL"), VAR / "zhicunbao.sqlite3")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "base.Person"
LOGIN_URL = "base:sign_in"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
SECURE_COOKIES = env.flag("ZHICUNBAO_SECURE_COOKIES", default=not (ZHICUNBAO_DEMO or DEBUG))
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
SECURE_HSTS_SECONDS = 31_536_000 if SECURE_COOKIES else 0
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
"""HSTS speaks for this host alone: whether the names below it, or a whole government domain, are
served over TLS only is for whoever runs them to promise.
"""
SECURE_SSL_REDIRECT = env.flag("ZHICUNBAO_HTTPS_REDIRECT", default=SECURE_COOKIES)
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
"""A monitor on the same machine asks past the proxy."""
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE_COOKIES else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "zhicunbao.base.http.csrf_refused"

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True
STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if ZHICUNBAO_DEMO or DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = ZHICUNBAO_DEMO or DEBUG
MEDIA_ROOT = VAR / "uploads"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
