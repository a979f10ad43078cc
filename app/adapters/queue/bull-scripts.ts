/**
 * Claims a key for a job that is about to be added, unless a job that waits holds it and is due no later.
 * A claim without its job counts for five seconds, the time between claiming and adding; after that whoever made it is dead.
 *
 * KEYS[1] the key · ARGV: id of the new job, prefix of Bull's job hashes, when it is due and now (milliseconds)
 * Answers {id that holds the key now, id of a later job that it replaced or ''}.
 */
export const CLAIM_KEY = `
local held = redis.call('HMGET', KEYS[1], 'id', 'due', 'at')
local now = tonumber(ARGV[4])
if held[1] and (redis.call('EXISTS', ARGV[2] .. held[1]) == 1 or now - tonumber(held[3]) < 5000) and tonumber(held[2]) <= tonumber(ARGV[3]) then
  return {held[1], ''}
end
redis.call('HSET', KEYS[1], 'id', ARGV[1], 'due', ARGV[3], 'at', ARGV[4])
redis.call('PEXPIREAT', KEYS[1], tonumber(ARGV[3]) + 86400000)
return {ARGV[1], held[1] or ''}
`;

/** Releases the key if this job still holds it. KEYS[1] the key · ARGV: the job's id. */
export const RELEASE_KEY = `
if redis.call('HGET', KEYS[1], 'id') == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
`;
