-- A page or document from the web, as text that a model reads.
local pages = require "lib.pages"

local fetch = {}

local function is_html(reply)
  local kind = reply.headers["content-type"] or ""
  if kind:find("html", 1, true) then return true end
  return kind == "" and text.matches(reply.body:sub(1, 1000), "(?i)<(!doctype )?html")
end

local function title_of(html)
  local found, _, title = text.find(html, "(?is)<title[^>]*>(.*?)</title")
  if not found then return nil end
  title = text.from_html(title):gsub("%s+", " ")
  return title ~= "" and text.shorten(title, 300) or nil
end

-- What stands at an address. `raw`: HTML is not turned into text.
function fetch.document(url, raw)
  local reply = http.get(url, { headers = { Accept = "text/html, text/*, application/json, */*;q=0.5" } })
  local document = { url = reply.url, status = reply.status, type = reply.headers["content-type"] }
  if reply.body_base64 then
    error("'" .. text.shorten(reply.url, 200) .. "' is no text (" .. (document.type or "unknown type")
      .. ", " .. #reply.body .. " bytes)", 0)
  end
  document.text = reply.body
  if is_html(reply) then
    document.title = title_of(reply.body)
    if not raw then document.text = text.from_html(reply.body) end
  end
  return document
end

-- A part of a document, with what is needed to go on.
function fetch.part(document, offset, bytes)
  local part = pages.of_text(document.text, offset, bytes)
  return { url = document.url, status = document.status, type = document.type,
    title = document.title, text = part.text, total_bytes = part.total_bytes,
    next_offset = part.next_offset }
end

return fetch
