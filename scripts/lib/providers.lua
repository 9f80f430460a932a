-- How each search service is asked and what its answers look like: a request, and the paths at
-- which the results and their parts are.
local providers = {}

providers.searxng = {
  target = "/search",
  query = { q = "{query}", format = "json", pageno = "{page}" },
  results = "results",
  title = "title",
  link = "url",
  snippet = "content",
  page_size = 10,
}

providers.brave = {
  url = "https://api.search.brave.com",
  target = "/res/v1/web/search",
  query = { q = "{query}", count = "{count}", offset = "{page_from_0}" },
  results = "web.results",
  title = "title",
  link = "url",
  snippet = "description",
  key_header = "X-Subscription-Token",
  page_size = 20,
}

-- The provider that the settings name, completed by what they say.
function providers.of(settings)
  local base = providers[settings.provider] or {}
  local provider = { target = "", query = {}, title = "title", link = "url", snippet = "snippet",
    page_size = 10 }
  for name, value in pairs(base) do provider[name] = value end
  for name, value in pairs(settings) do provider[name] = value end
  provider.url = provider.url:gsub("/+$", "")
  return provider
end

-- A request's parts with the words in braces filled in. A field that is nothing but such a word
-- keeps the type of its value.
function providers.filled(part, values)
  if type(part) == "string" then
    local only = part:match("^{([%w_]+)}$")
    if only and values[only] ~= nil then return values[only] end
    return (part:gsub("{([%w_]+)}", function(name)
      return values[name] ~= nil and tostring(values[name]) or nil
    end))
  end
  if type(part) ~= "table" then return part end
  local out = {}
  for name, value in pairs(part) do out[name] = providers.filled(value, values) end
  return out
end

return providers
