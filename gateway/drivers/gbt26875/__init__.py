"""GB/T 26875.3-2011: what fire-alarm transmission devices 用户信息传输装置 say to a centre.

Pure: `frame` and `unit` turn bytes into values and back, `splitter` finds frames in a stream,
`event` says what they mean to us, `dialogue` when to ask again. Shell: `centre` listens.
"""
