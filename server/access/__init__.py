"""Who gets in: access keys and their signatures, over every protocol that the server speaks.

A signature says who asks, that what was asked arrived as it was sent, and when. Each protocol puts it into
other words: HTTP signs the request itself, in a header or in a presigned URL, and DAX signs a request that is
never made. What is left when the words are taken away is one `Claim`, and one verifier judges it.

    keyring    the credentials file: which keys there are, and whose they are
    sigv4      claims, and whether they are true
    requests   the claim that an HTTP request makes

Without `--credentials` none of this is loaded, and any key is accepted (`server/credentials.py`).
"""
