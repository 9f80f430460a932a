-- Finds the known word nearest to one that is not known, for messages that help.
local nearest = {}

-- How many letters must be added, dropped, changed or swapped to turn `a` into `b`.
function nearest.distance(a, b)
  local before, last = {}, {}
  for j = 0, #b do last[j] = j end
  for i = 1, #a do
    local row = { [0] = i }
    for j = 1, #b do
      local same = a:byte(i) == b:byte(j)
      local best = math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (same and 0 or 1))
      local swapped = i > 1 and j > 1 and a:byte(i) == b:byte(j - 1) and a:byte(i - 1) == b:byte(j)
      if swapped then best = math.min(best, before[j - 2] + 1) end
      row[j] = best
    end
    before, last = last, row
  end
  return last[#b]
end

-- The one of `names` that `word` was probably meant to be, or nil.
function nearest.one(word, names)
  local best, best_distance
  for _, name in ipairs(names) do
    local d = nearest.distance(word:lower(), name:lower())
    if not best_distance or d < best_distance then best, best_distance = name, d end
  end
  if best and best_distance <= math.max(1, #word // 3) then return best end
  return nil
end

-- "no column 'x' (columns: a, b; did you mean 'a'?)"
function nearest.unknown(what, word, names)
  local shown = {}
  for i = 1, math.min(#names, 30) do shown[i] = names[i] end
  if #names > #shown then shown[#shown + 1] = "and " .. (#names - #shown) .. " more" end
  local guess = nearest.one(word, names)
  local hint = guess and ("; did you mean '" .. guess .. "'?") or ""
  return ("no %s '%s' (%ss: %s%s)"):format(what, word, what, table.concat(shown, ", "), hint)
end

return nearest
