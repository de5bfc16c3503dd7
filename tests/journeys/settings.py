"""The product's settings, except that hashing, which is slow on purpose, is quick: every journey signs in.

The demo and the houses in which nobody has been yet have the product's own.
"""

from clarion.config.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
