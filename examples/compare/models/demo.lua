-- Models that know some capitals: `careful` all of them, `hasty` only those that are the country's
-- best-known city. `judge` is asked by the checks.
local capitals = {
  Norway = "Oslo", Sweden = "Stockholm", Austria = "Vienna", Australia = "Canberra",
  Canada = "Ottawa", Turkey = "Ankara", Brazil = "Brasilia", Switzerland = "Bern",
  Morocco = "Rabat", Portugal = "Lisbon", Nigeria = "Abuja", Japan = "Tokyo",
}
local best_known = {
  Australia = "Sydney", Canada = "Toronto", Turkey = "Istanbul", Brazil = "Rio de Janeiro",
  Switzerland = "Zurich", Morocco = "Casablanca", Nigeria = "Lagos",
}

local function asked(request)
  return request.messages[#request.messages].parts[1].text
end

local function country_in(text)
  for country in pairs(capitals) do
    if text:find(country, 1, true) then return country end
  end
end

local function reply_of(request, names, reasoning, form)
  local country = country_in(asked(request))
  local city = country and (names[country] or capitals[country])
  if not city then return { reasoning = reasoning, text = "I do not know." } end
  if type(request.output_schema) == "table" then
    return { reasoning = reasoning, text = json.encode { capital = city } }
  end
  return { reasoning = reasoning, text = form:format(city, country) }
end

-- It is shown {"asked":…,"rubric":…,"answer":{"text":…}}, or "A" and "B" instead of "answer".
local function verdict_on(request)
  local shown = json.decode(asked(request))
  local capital = capitals[country_in(shown.asked) or ""] or "?"
  local function right(answer) return answer.text:find(capital, 1, true) ~= nil end
  if shown.answer then
    local good = right(shown.answer)
    local why = good and "It names the capital." or "That is another city."
    return { why = why, pass = good, score = good and 1 or 0 }
  end
  local a, b = right(shown.A), right(shown.B)
  local better = a == b and "tie" or (a and "A" or "B")
  return { why = "I looked for " .. capital .. ".", better = better }
end

return {
  model { name = "careful", reply = function(request)
    return reply_of(request, {}, "The seat of government counts, not the largest city.",
      "%s is the capital of %s.")
  end },
  model { name = "hasty", reply = function(request)
    return reply_of(request, best_known, nil, "%s.")
  end },
  model { name = "judge", reply = function(request)
    return { text = json.encode(verdict_on(request)) }
  end },
}
