local given = require "lib.given"
local hosts = require "lib.hosts"
local settings = require "lib.settings"

local address = "^[^\\s@<>,;:\"()\\[\\]\\\\]{1,64}@[A-Za-z0-9.-]{1,200}$"
local function addresses(what, least)
  return { type = "array", items = { type = "string", pattern = address, maxLength = 265 },
    minItems = least, maxItems = 50, description = what }
end

local properties = {
  to = addresses("Who gets it: plain addresses, anna@example.org", 1),
  cc = addresses("Who gets a copy", 0),
  bcc = addresses("Who gets a copy that the others do not see", 0),
  reply_to = { type = "string", pattern = address, description = "Where answers go" },
  subject = { type = "string", minLength = 1, maxLength = 500, pattern = "^[^\\r\\n]*$" },
  text = { type = "string", maxLength = 200000, description = "The message, as plain text" },
}
local input = schema {
  type = "object",
  required = { "to", "subject", "text" },
  additionalProperties = false,
  properties = properties,
}

local function recipients(message)
  local all = {}
  for _, field in ipairs { "to", "cc", "bcc" } do
    for _, each in ipairs(given(message[field]) or {}) do all[#all + 1] = each end
  end
  return all
end

-- The operator may have said to whom mail may go at all.
local function check_recipients(message)
  local allowed = settings.to
  if not allowed then return end
  for _, each in ipairs(recipients(message)) do
    local well = false
    for _, pattern in ipairs(allowed) do
      local wanted, found = pattern:lower(), each:lower()
      local at_domain = wanted:sub(1, 2) == "*@" and text.ends_with(found, wanted:sub(2))
      well = well or found == wanted or at_domain
    end
    if not well then
      error("mail to '" .. each .. "' is not allowed here; allowed are: "
        .. table.concat(allowed, ", "), 0)
    end
  end
end

local function message_of(asked)
  check_recipients(asked)
  return { from = settings.from, to = asked.to, cc = given(asked.cc), bcc = given(asked.bcc),
    reply_to = given(asked.reply_to), subject = asked.subject, text = asked.text }
end

local compose = tool {
  name = "mail.compose",
  description = "Checks a mail and shows it as mail.send would send it, without sending it.",
  input = input,
  effect = "read",
  run = function(asked)
    local message = message_of(asked)
    local lines = { "From: " .. message.from, "To: " .. table.concat(message.to, ", ") }
    if message.cc then lines[#lines + 1] = "Cc: " .. table.concat(message.cc, ", ") end
    if message.reply_to then lines[#lines + 1] = "Reply-To: " .. message.reply_to end
    lines[#lines + 1] = "Subject: " .. message.subject
    return { message = table.concat(lines, "\n") .. "\n\n" .. message.text,
      recipients = #recipients(message) }
  end,
}

-- What was sent is written down before and after, so that a call which a crash interrupted can be
-- looked up: one that was never begun did not happen, one that ended did; only between the two is
-- it unknown.
local kept_max = 500

local function forget_old()
  local keys = kv.list("mail/")
  for i = 1, math.min(#keys - kept_max, 20) do kv.delete(keys[i]) end
end

local function record_of(ctx) return "mail/" .. ctx.idempotency_key end

local function through_webhook(message, ctx)
  local reply = http.post(settings.webhook, { json = message,
    headers = { ["Idempotency-Key"] = ctx.idempotency_key }, redirects = 0 })
  if reply.status < 200 or reply.status > 299 then
    error("the webhook answered " .. reply.status .. ": " .. text.shorten(reply.body, 300), 0)
  end
  return { accepted = true, status = reply.status }
end

local function through_smtp(message, ctx)
  message.server, message.id = settings.smtp, crypto.sha256(ctx.idempotency_key):sub(1, 32)
  return mail.send(message)
end

local permissions = { kv = "write" }
if settings.smtp then
  permissions.smtp =
    { { server = settings.smtp, user = settings.user, password = settings.password } }
else
  local host = hosts.of_url(settings.webhook)
  permissions.net = { host }
  if settings.key then
    permissions.secrets =
      { [settings.key] = { host = host, header = "Authorization", prefix = "Bearer " } }
  end
end

local send = tool {
  name = "mail.send",
  description = "Sends a mail as plain text, from " .. settings.from .. ". It cannot be called back: "
    .. "use mail.compose to see it first.",
  input = input,
  effect = "once",
  permissions = permissions,
  timeout = "60s",
  run = function(asked, ctx)
    local message, record = message_of(asked), record_of(ctx)
    forget_old()
    kv.set(record, { state = "begun" })
    local well, result = pcall(settings.smtp and through_smtp or through_webhook, message, ctx)
    if not well then
      kv.delete(record)
      error(result, 0)
    end
    kv.set(record, { state = "sent", result = result })
    return result
  end,
  probe = function(_, ctx)
    local record = kv.get(record_of(ctx))
    if record == json.null then return { happened = false } end
    if record.state == "sent" then return { happened = true, result = record.result } end
    return nil
  end,
}

return { compose, send }
