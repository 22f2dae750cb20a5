-- Takes a token of a bucket and says how many microseconds to wait for it. Where that is more than anybody waits, the
-- token goes back.
local rate, burst, life = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local now, patience = tonumber(ARGV[4]), tonumber(ARGV[5])
local bucket = redis.call('HMGET', KEYS[1], 'last', 'tokens')
local passed = math.max(now - (tonumber(bucket[1] or 0) or 0), 0)
local tokens = math.min((tonumber(bucket[2] or 0) or 0) + passed * rate, burst) - 1
local wait = 0
if tokens < 0 then
  wait = -tokens / rate
  if wait > patience then
    tokens = math.min(tokens + 1, burst)
  end
end
-- In this order: others read the fields by their places.
redis.call('HSET', KEYS[1], 'last', now, 'tokens', tokens)
redis.call('EXPIRE', KEYS[1], life)
return tostring(wait)
