"""A made-up news day, to see the whole of wirewatch at work without a token or a network.

In: `newsday.yaml`, twelve invented outlets and what they told when. Out: a local HTTP server that
holds, at each moment of the day, the feeds as they stood then.
"""
