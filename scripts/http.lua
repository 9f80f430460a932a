local fetch = require "lib.fetch"
local pages = require "lib.pages"
local settings = require "lib.settings"

return tool {
  name = "http.fetch",
  description = "What stands at a web address (GET), as text: HTML becomes plain text with its "
    .. "links. Only these hosts: " .. table.concat(settings.net, ", ") .. ". At most 1 MiB; long "
    .. "texts come in parts. Check `status`: 200 means found.",
  input = {
    url = { type = "string", pattern = "^https?://", doc = "The whole address, with https://" },
    raw = { type = "boolean", default = false, doc = "HTML as it is, not as text" },
    offset = pages.offset,
    bytes = pages.bytes,
  },
  effect = "read",
  permissions = { net = settings.net, secrets = settings.secrets },
  timeout = "60s",
  run = function(input)
    return fetch.part(fetch.document(input.url, input.raw), input.offset, input.bytes)
  end,
}
