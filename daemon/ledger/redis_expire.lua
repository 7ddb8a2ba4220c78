-- SPDX-License-Identifier: BSD-3-Clause
-- Removes five-minute usage that is older than it is kept, counted from the cursor's interval and not
-- from anybody's clock: a day that is metered from capture files is as young as its newest interval.
-- KEYS: cursor, bins. ARGV: seconds to keep, how many bins to remove at the most. Returns how many were.
local start = tonumber(redis.call('HGET', KEYS[1], 'start') or '0')
local cut = string.format('(%.0f', start - start % 300 - tonumber(ARGV[1]))
local prefix = string.sub(KEYS[1], 1, -7) -- without "cursor"
local old = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', cut, 'LIMIT', 0, tonumber(ARGV[2]))
for _, bin in ipairs(old) do
	redis.call('UNLINK', prefix .. 'usage:' .. bin)
	redis.call('ZREM', KEYS[2], bin)
end
return #old
