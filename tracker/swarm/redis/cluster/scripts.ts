import { hash } from 'node:crypto';

/** A Lua script. All of its keys have the same hash tag. */
export interface Script {
  readonly lua: string;
  readonly sha: string;
}

function script(lua: string): Script {
  return { lua, sha: hash('sha1', lua) };
}

/** Milliseconds of this server, which does not depend on the clocks of nodes. */
const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

/**
 * Renews the lease of a node. Keys: the nodes; where clients dial them. Arguments: node, milliseconds of the lease, milliseconds after
 * which a lost node is forgotten, where clients dial it (an empty text: nowhere). Returns whether the node had a lease, the nodes that
 * have one, and where clients dial each of them.
 */
export const RENEW = script(`${NOW}
local had = redis.call('ZSCORE', KEYS[1], ARGV[1])
for _, name in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[3], 'LIMIT', 0, 1000)) do
  redis.call('ZREM', KEYS[1], name)
  redis.call('HDEL', KEYS[2], name)
end
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
if ARGV[4] == '' then
  redis.call('HDEL', KEYS[2], ARGV[1])
else
  redis.call('HSET', KEYS[2], ARGV[1], ARGV[4])
  redis.call('PEXPIRE', KEYS[2], ARGV[3])
end
local names = redis.call('ZRANGEBYSCORE', KEYS[1], now, '+inf', 'LIMIT', 0, 10000)
local places = {}
for i, name in ipairs(names) do places[i] = redis.call('HGET', KEYS[2], name) or '' end
return {(had and tonumber(had) >= now) and 1 or 0, names, places}
`);

/**
 * Registers a device at a node. Keys: the device. Arguments: node, stamp ("0": it signed in now), record, milliseconds until it is
 * forgotten. The later sign-in wins, by the clock of this server. Returns whether it is registered, the former node, and the stamp.
 */
export const CLAIM_DEVICE = script(`${NOW}
local old = redis.call('HMGET', KEYS[1], 'node', 'stamp')
local stamp = tonumber(ARGV[2])
local former = tonumber(old[2] or '0')
if stamp == 0 then
  stamp = math.max(now, former + 1)
elseif old[1] and old[1] ~= ARGV[1] and former > stamp then
  return {0, old[1], ARGV[2]}
end
local text = string.format('%.0f', stamp)
redis.call('HSET', KEYS[1], 'node', ARGV[1], 'stamp', text, 'record', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return {1, old[1] or '', text}
`);

/** Removes a device, unless it is registered at another node. Keys: the device. Arguments: node. */
export const DROP_DEVICE = script(`
if redis.call('HGET', KEYS[1], 'node') == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1
`);

/**
 * Writes what devices of a node have in a group. Keys: the versions of the group; the devices of the group; of each content, full, part
 * and counts. Arguments: node, version, milliseconds until keys are forgotten; JSON with the devices that have something in the group
 * (1) and those that have nothing (0); of each content, JSON with `counts` (an empty text: none) and `devices`, a list of device, state
 * ("f", "p", or "-" for neither) and value. A value is "NODE FLAGS USER"; the flag v (vouched) stays. A device that was at another node
 * counts there no more: that node may be dead, and cannot say so.
 */
export const WRITE_HOLDERS = script(`
local own = ARGV[1] .. ' '
local function ofNode(value) return value and string.sub(value, 1, #own) == own end
local function left(value, kind, counts)
  local node, serves = string.match(value, '^(%S+) ([s-])')
  local sharers, complete = string.match(redis.call('HGET', counts, node or '') or '', '^(%d+) (%d+)$')
  if not sharers or serves ~= 's' then return end
  if kind == 'f' then complete = complete - 1 end
  redis.call('HSET', counts, node, string.format('%d %d', math.max(0, sharers - 1), math.max(0, complete)))
end
for _, device in ipairs(cjson.decode(ARGV[4])) do
  if device[2] == 1 then
    redis.call('HSET', KEYS[2], device[1], ARGV[1])
    redis.call('PEXPIRE', KEYS[2], ARGV[3])
  elseif redis.call('HGET', KEYS[2], device[1]) == ARGV[1] then
    redis.call('HDEL', KEYS[2], device[1])
  end
end
for i = 5, #ARGV do
  local change = cjson.decode(ARGV[i])
  local at = (i - 5) * 3 + 3
  local keys = {f = KEYS[at], p = KEYS[at + 1]}
  for _, device in ipairs(change.devices) do
    local id, state, value = device[1], device[2], device[3]
    for kind, key in pairs(keys) do
      local old = redis.call('HGET', key, id)
      if ofNode(old) and string.sub(old, #own + 2, #own + 2) == 'v' and state ~= '-' then
        value = string.sub(value, 1, #own + 1) .. 'v' .. string.sub(value, #own + 3)
      end
      if old and state ~= '-' and not ofNode(old) then left(old, kind, KEYS[at + 2]) end
      if old and kind ~= state and (state ~= '-' or ofNode(old)) then redis.call('HDEL', key, id) end
    end
    if state ~= '-' then
      redis.call('HSET', keys[state], id, value)
      redis.call('PEXPIRE', keys[state], ARGV[3])
    end
  end
  if change.counts == '' then
    redis.call('HDEL', KEYS[at + 2], ARGV[1])
  else
    redis.call('HSET', KEYS[at + 2], ARGV[1], change.counts)
    redis.call('PEXPIRE', KEYS[at + 2], ARGV[3])
  end
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
`);

/**
 * Removes what a lost node left of a content. Keys: the versions of the group; full, part and counts. Arguments: node, devices. The
 * version goes too, so that a node that comes back writes everything again.
 */
export const CLEAR_LOST = script(`
local own = ARGV[1] .. ' '
for i = 2, #ARGV do
  for _, key in ipairs({KEYS[2], KEYS[3]}) do
    local value = redis.call('HGET', key, ARGV[i])
    if value and string.sub(value, 1, #own) == own then redis.call('HDEL', key, ARGV[i]) end
  end
end
redis.call('HDEL', KEYS[4], ARGV[1])
redis.call('HDEL', KEYS[1], ARGV[1])
return 1
`);

/** Marks holders of a content as vouched for. Keys: full, part. Arguments: the user who reports; devices. */
export const VOUCH = script(`
for i = 2, #ARGV do
  for _, key in ipairs({KEYS[1], KEYS[2]}) do
    local value = redis.call('HGET', key, ARGV[i])
    if value then
      local node, flags, user = string.match(value, '^(%S+) (%S+) (.*)$')
      if node and user ~= ARGV[1] then
        redis.call('HSET', key, ARGV[i], node .. ' ' .. string.sub(flags, 1, 1) .. 'v ' .. user)
      end
    end
  end
end
return 1
`);

/**
 * Publishes events. Keys: the sequence, the channel. Arguments: a number that is skipped because events were lost, and the events. Each
 * is preceded by its number.
 */
export const PUBLISH = script(`
if ARGV[1] ~= '0' then redis.call('INCRBY', KEYS[1], ARGV[1]) end
for i = 2, #ARGV do
  redis.call('SPUBLISH', KEYS[2], string.format('%.0f', redis.call('INCR', KEYS[1])) .. ' ' .. ARGV[i])
end
return 1
`);

/**
 * Notes at which node a device of a user is, or that it is not at this one. Keys: the devices of the user. Arguments: device, node, 1 or 0,
 * milliseconds until it is forgotten.
 */
export const NOTE_USER_DEVICE = script(`
if ARGV[3] == '1' then
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
elseif redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[2] then
  redis.call('HDEL', KEYS[1], ARGV[1])
end
return 1
`);

/**
 * Counts failed guesses. Keys: the counter. Arguments: 1 for a failure and 0 for a look; failures without a wait, first and longest wait,
 * and time until the counter is forgotten, in milliseconds. Returns failures and the time to wait.
 */
export const COUNT_FAILURE = script(`${NOW}
local old = redis.call('HMGET', KEYS[1], 'count', 'until')
local count, free, untilMs = tonumber(old[1] or '0'), tonumber(ARGV[2]), tonumber(old[2] or '0')
if ARGV[1] == '1' then
  count = count + 1
  local wait = 0
  if count >= free then wait = math.min(tonumber(ARGV[4]), ARGV[3] * 2 ^ math.min(count - free, 30)) end
  untilMs = now + wait
  redis.call('HSET', KEYS[1], 'count', string.format('%.0f', count), 'until', string.format('%.0f', untilMs))
  redis.call('PEXPIRE', KEYS[1], string.format('%.0f', wait + ARGV[5]))
end
return {count, math.max(0, math.ceil(untilMs - now))}
`);

/**
 * Takes from a token bucket. Keys: the bucket. Arguments: amount, tokens at once, tokens an hour. Returns the time in milliseconds until
 * the amount is there, and 0 if it was taken. An amount above the bucket's size counts as its size.
 */
export const TAKE_TOKENS = script(`${NOW}
local size, perMs = tonumber(ARGV[2]), ARGV[3] / 3600000
local old = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = math.min(size, tonumber(old[1] or ARGV[2]) + math.max(0, now - tonumber(old[2] or now)) * perMs)
local wanted = math.min(tonumber(ARGV[1]), size)
local wait = 0
if tokens >= wanted then tokens = tokens - wanted else wait = math.ceil((wanted - tokens) / perMs) end
redis.call('HSET', KEYS[1], 'tokens', string.format('%.6f', tokens), 'at', string.format('%.0f', now))
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', math.ceil(size / perMs) + 1000))
return wait
`);

/**
 * Takes a slot. Keys: the slots and the ends of their times. Arguments: holder, number of slots, milliseconds. Returns whether one was free.
 */
export const TAKE_SLOT = script(`${NOW}
for _, holder in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now)) do redis.call('ZREM', KEYS[1], holder) end
local held = redis.call('ZRANGEBYSCORE', KEYS[1], now, '+inf', 'WITHSCORES')
if #held / 2 >= tonumber(ARGV[2]) then return 0 end
redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[1])
redis.call('PEXPIRE', KEYS[1], math.max(tonumber(ARGV[3]), tonumber(held[#held] or '0') - now))
return 1
`);
