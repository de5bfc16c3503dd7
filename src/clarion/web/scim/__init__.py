"""The language of directories (SCIM 2.0, RFC 7643 and RFC 7644), as far as it is spoken here."""
