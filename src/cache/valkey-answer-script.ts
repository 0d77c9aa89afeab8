/**
 * Four keys of one tenant, with one hash tag so that they live on one node of a cluster:
 * `answers` (key to packed answer), `uses` (sorted by last use), `ends` (sorted by expiry), `sizes` (key to bytes, and `total`).
 * Each script is one atomic step, so bytes and entries are exact whatever happens at the same time.
 */
const DROP = `
local function drop(name)
  local size = redis.call('HGET', KEYS[4], name)
  if not size then return 0 end
  redis.call('HDEL', KEYS[1], name)
  redis.call('ZREM', KEYS[2], name)
  redis.call('ZREM', KEYS[3], name)
  redis.call('HDEL', KEYS[4], name)
  redis.call('HINCRBY', KEYS[4], 'total', -tonumber(size))
  return 1
end
`;

/** ARGV: key, now. Gives the packed answer or nothing. */
export const GET_ANSWER = `${DROP}
local ends = redis.call('ZSCORE', KEYS[3], ARGV[1])
if not ends then return false end
if tonumber(ends) <= tonumber(ARGV[2]) then
  drop(ARGV[1])
  return false
end
redis.call('ZADD', KEYS[2], ARGV[2], ARGV[1])
return redis.call('HGET', KEYS[1], ARGV[1])
`;

/** ARGV: key, now, packed answer, size, lifetime in milliseconds, most bytes, most entries. */
export const PUT_ANSWER = `${DROP}
local now, size, lifetime = tonumber(ARGV[2]), tonumber(ARGV[4]), tonumber(ARGV[5])
drop(ARGV[1])
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
redis.call('ZADD', KEYS[2], now, ARGV[1])
redis.call('ZADD', KEYS[3], now + lifetime, ARGV[1])
redis.call('HSET', KEYS[4], ARGV[1], size)
redis.call('HINCRBY', KEYS[4], 'total', size)
-- Whatever is over is dropped, a few at a time so that no put takes long.
local function over()
  return tonumber(redis.call('HGET', KEYS[4], 'total')) > tonumber(ARGV[6])
    or redis.call('ZCARD', KEYS[2]) > tonumber(ARGV[7])
end
for _, name in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now, 'LIMIT', 0, 16)) do drop(name) end
while over() do
  local oldest = redis.call('ZRANGE', KEYS[2], 0, 0)[1]
  if not oldest then break end
  drop(oldest)
end
-- A tenant that falls silent leaves nothing behind.
for _, key in ipairs(KEYS) do
  if redis.call('PTTL', key) < lifetime then redis.call('PEXPIRE', key, lifetime) end
end
return 1
`;

/** ARGV: keys to drop. Gives how many there were. */
export const DROP_ANSWERS = `${DROP}
local count = 0
for _, name in ipairs(ARGV) do count = count + drop(name) end
return count
`;
