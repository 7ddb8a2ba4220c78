-- SPDX-License-Identifier: BSD-3-Clause
-- Removes what Redis holds of a meter, a bounded piece a call, before it is built anew.
-- KEYS: cursor, stream, bins, rates, configs. ARGV: seq, chain of the cursor that is expected ("" and "":
-- none), and how many bins to remove at the most. Returns how many bins are left, or, if the cursor is
-- another, what was found. The first call removes the cursor: from then on there is none.
local found = redis.call('HMGET', KEYS[1], 'seq', 'chain', 'writer')
if (found[1] or '') ~= ARGV[1] or (found[2] or '') ~= ARGV[2] then
	return { found[1] or '', found[2] or '', found[3] or '' }
end
redis.call('DEL', KEYS[1])
local prefix = string.sub(KEYS[1], 1, -7) -- without "cursor"
for _, bin in ipairs(redis.call('ZRANGE', KEYS[3], 0, tonumber(ARGV[3]) - 1)) do
	redis.call('UNLINK', prefix .. 'usage:' .. bin)
	redis.call('ZREM', KEYS[3], bin)
end
local left = redis.call('ZCARD', KEYS[3])
if left == 0 then
	redis.call('UNLINK', KEYS[2], KEYS[4], KEYS[5])
end
return left
