-- Addresses of servers as permissions write them.
local hosts = {}

-- The host and port that a URL leads to; with the scheme where it goes without TLS.
function hosts.of_url(url)
  local scheme, host = url:match("^(https?)://([^/?#]+)")
  if not host then error("'" .. text.shorten(url, 200) .. "' is no web address", 0) end
  return scheme == "http" and "http://" .. host or host
end

return hosts
