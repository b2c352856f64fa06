"""The console: a page for people under `/console/`, on the server's own port.

It is a folder of static files, written by hand as browsers run them (ES modules, no build), and knows nothing
that a program could not know: it speaks DynamoDB's own protocol, CloudWatch's for what was consumed over
time, and the admin API for the clock and the rest. So there is no second way to anything, and the server's
part of the console is to hand out files (`routes.py`).

    main.js        what is shown for which address       route.js     addresses
    api.js         how the server is asked               sigv4.js     signatures, where they are verified
    session.js     region, credentials, theme            dom.js       elements from text, never from HTML
    attribute.js   AttributeValues as text               boto3.js     a request as a line of Python
    explore.js     from a form to a Query or Scan        consumed.js  capacity, minute by minute
    parts/         what pages are made of                pages/       one module for each page

It works without a network, and a policy (Content-Security-Policy) forbids it everything but this server.
"""
