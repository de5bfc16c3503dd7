"""Where files are kept: the data folder, or a bucket on an S3 server with a small cache here."""
