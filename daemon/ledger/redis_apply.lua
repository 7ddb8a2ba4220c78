-- SPDX-License-Identifier: BSD-3-Clause
-- The one way to change what Redis holds of a meter: if the cursor is where the writer believes it to
-- be, run the commands that follow, the last of which moves the cursor; else change nothing and tell
-- what was found. KEYS[1] is the cursor, all keys are of one meter and so of one slot.
-- ARGV: seq, chain ("" and "": there is no cursor), then for each command its name, the number of its
-- key, the number of arguments after the key, and these arguments.
local found = redis.call('HMGET', KEYS[1], 'seq', 'chain', 'writer')
if (found[1] or '') ~= ARGV[1] or (found[2] or '') ~= ARGV[2] then
	return { found[1] or '', found[2] or '', found[3] or '' }
end
local i = 3
while i < #ARGV do
	local n = tonumber(ARGV[i + 2])
	redis.call(ARGV[i], KEYS[tonumber(ARGV[i + 1])], unpack(ARGV, i + 3, i + 2 + n))
	i = i + 3 + n
end
return 1
