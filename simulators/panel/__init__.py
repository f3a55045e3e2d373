"""Fire panels with their transmission device, as they speak GB/T 26875.3-2011 to a centre.

`device` is pure: what a device says and answers. `link` carries it over TCP or UDP, for one panel
or for hundreds in one thread.
"""
