"""What the outside world asks of us over HTTP: so far, WebSub's hubs.

In: requests to the public address. Out: verified subscriptions and pushed feed bodies.
"""
