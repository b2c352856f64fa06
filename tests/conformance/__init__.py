"""What the real service answers, as tables: a request, and the answer that was captured from AWS or is
documented.

A row marked `captured` was recorded from the service, `documented` stands in the developer guide or the API
reference; `reported` is known second hand, and gives way as soon as somebody captures something else.
Everything here goes over HTTP and knows nothing of the server's inside.
"""
