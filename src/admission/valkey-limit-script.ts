/**
 * The rule of `exchangeCounter`, run inside Valkey or Redis as one atomic step on one key. A conformance suite and a
 * property test hold both to the same answers.
 *
 * A counter is one hash: `spent`, `at` (when it was brought up to date), `scarce`, and one field per holder, `h:<name>`, with
 * held, total spent, sequence, expiry and what was written off. Time is the server's own.
 */
export const EXCHANGE_SCRIPT = `
local key = KEYS[1]
local holder = 'h:' .. ARGV[1]
local sequence, spentTotal, outstanding = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local needed, extra, closing = tonumber(ARGV[5]), tonumber(ARGV[6]), ARGV[7] == '1'
local capacity, refill, keep = tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10])
local holdMs, scarceMs, forgetMs, closedMs = tonumber(ARGV[11]), tonumber(ARGV[12]), tonumber(ARGV[13]), tonumber(ARGV[14])
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)

local function text(number) return string.format('%.17g', number) end
local function pack(hold)
  return text(hold[1]) .. ' ' .. text(hold[2]) .. ' ' .. text(hold[3]) .. ' ' .. text(hold[4]) .. ' ' .. text(hold[5])
end

local spent, at, scarce, known = 0, now, 0, nil
local others = {}
local fields = redis.call('HGETALL', key)
for i = 1, #fields, 2 do
  local name, value = fields[i], fields[i + 1]
  if name == 'spent' then spent = tonumber(value)
  elseif name == 'at' then at = tonumber(value)
  elseif name == 'scarce' then scarce = tonumber(value)
  else
    local hold = {}
    for part in string.gmatch(value, '%S+') do hold[#hold + 1] = tonumber(part) end
    if name == holder then known = hold else others[name] = hold end
  end
end
if known and known[3] >= sequence then return false end

local time = math.max(now, at)
if refill > 0 then spent = math.max(0, spent - (time - at) * refill) end
local changes = {}
local heldByOthers = 0
for name, hold in pairs(others) do
  if hold[4] <= time then
    spent = spent + hold[1]
    if time - hold[4] >= forgetMs then
      redis.call('HDEL', key, name)
    elseif hold[1] > 0 then
      hold[5] = hold[5] + hold[1]
      hold[1] = 0
      changes[#changes + 1] = name
      changes[#changes + 1] = pack(hold)
    end
    hold[1] = 0
  end
  heldByOthers = heldByOthers + hold[1]
end
if known and known[5] > 0 then spent = math.max(0, spent - known[5]) end

local spentBefore = spent
local reported = math.max(0, spentTotal - (known and known[2] or 0))
spent = spent + reported
local kept = math.max(0, (known and (known[1] + known[5]) or 0) - reported - outstanding)
local free = math.max(0, math.floor(capacity - spent - heldByOthers - outstanding))
local forNeeds = math.min(needed, free)
local rest = free - forNeeds
local ready = math.max(math.min(kept - forNeeds, rest), math.floor(rest / 16))
local granted = forNeeds + math.max(0, math.min(extra, ready))
if granted < needed then scarce = time + scarceMs end

local expires = time + holdMs
if closing then expires = time + closedMs - forgetMs end
changes[#changes + 1] = holder
changes[#changes + 1] = pack({ outstanding + granted, spentTotal, sequence, expires, 0 })
redis.call('HSET', key, 'spent', text(spent), 'at', text(time), 'scarce', text(scarce), unpack(changes))
if keep >= 0 then redis.call('PEXPIRE', key, keep) else redis.call('PERSIST', key) end
return { text(granted), text(spent), text(spentBefore), text(heldByOthers), scarce > time and '1' or '0' }
`;

/** What is spent and held of one counter, without changing it. */
export const READ_SCRIPT = `
local refill = tonumber(ARGV[1])
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
local spent, at, held = 0, now, 0
local fields = redis.call('HGETALL', KEYS[1])
for i = 1, #fields, 2 do
  local name, value = fields[i], fields[i + 1]
  if name == 'spent' then spent = tonumber(value)
  elseif name == 'at' then at = tonumber(value)
  elseif name ~= 'scarce' then held = held + tonumber(string.match(value, '^%S+')) end
end
if refill > 0 then spent = math.max(0, spent - math.max(0, now - at) * refill) end
return { string.format('%.17g', spent), string.format('%.17g', held) }
`;
