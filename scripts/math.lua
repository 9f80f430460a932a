local expression = require "lib.expression"
local given = require "lib.given"

local function plain(value)  -- JSON has no infinity
  if value ~= value then error("the result is not a number", 0) end
  if value == math.huge or value == -math.huge then error("the result is too big", 0) end
  return value
end

local evaluate = tool {
  name = "math.evaluate",
  description = "The value of an arithmetic expression: + - * / // % ^, parentheses, sqrt, round, "
    .. "min, max, sin, ln, log10, factorial and the like, pi and e. Call it instead of "
    .. "calculating in your head.",
  input = schema {
    type = "object",
    required = { "expression" },
    additionalProperties = false,
    properties = {
      expression = { type = "string", minLength = 1, maxLength = 4000,
        description = "For example (1 + 0.19) * price" },
      variables = { type = "object", additionalProperties = { type = "number" },
        description = "Values of the names in it, for example {\"price\": 12.5}" },
    },
  },
  effect = "read",
  run = function(input)
    return { value = plain(expression.value(input.expression, given(input.variables) or {})) }
  end,
}

local function sum_of(values)  -- with the error of each addition carried along (Neumaier)
  local sum, lost = 0.0, 0.0
  for _, value in ipairs(values) do
    local next_sum = sum + value
    if math.abs(sum) >= math.abs(value) then
      lost = lost + (sum - next_sum + value)
    else
      lost = lost + (value - next_sum + sum)
    end
    sum = next_sum
  end
  return sum + lost
end

local function quantile(sorted, share)
  local place = 1 + (#sorted - 1) * share
  local below = math.floor(place)
  local above = math.min(below + 1, #sorted)
  return sorted[below] + (sorted[above] - sorted[below]) * (place - below)
end

local function squares(values, mean)
  local parts = {}
  for i, value in ipairs(values) do parts[i] = (value - mean) ^ 2 end
  return sum_of(parts)
end

local function relation(xs, ys)
  if #xs ~= #ys then
    error("values has " .. #xs .. " numbers and with " .. #ys .. ": they must be pairs", 0)
  end
  local mean_x, mean_y, parts = sum_of(xs) / #xs, sum_of(ys) / #ys, {}
  for i = 1, #xs do parts[i] = (xs[i] - mean_x) * (ys[i] - mean_y) end
  local both, in_x, in_y = sum_of(parts), squares(xs, mean_x), squares(ys, mean_y)
  if in_x == 0 or in_y == 0 then
    error("all numbers of one list are the same: nothing can depend on them", 0)
  end
  local slope = both / in_x
  return { correlation = both / math.sqrt(in_x * in_y), slope = slope,
    intercept = mean_y - slope * mean_x }
end

local numbers = { list = "number", doc = "The numbers" }

local statistics = tool {
  name = "math.statistics",
  description = "Of a list of numbers: count, sum, mean, median, quartiles, minimum, maximum, "
    .. "variance and standard deviation (of the sample). With a second list: correlation and the "
    .. "straight line that fits best.",
  input = {
    values = numbers,
    with = { type = "array?", doc = "As many numbers again: what depends on `values`",
      list = "number" },
  },
  effect = "read",
  run = function(input)
    local values, with = input.values, given(input.with)
    if #values == 0 then error("values is empty", 0) end
    local sorted = table.move(values, 1, #values, 1, {})
    table.sort(sorted)
    local mean = sum_of(values) / #values
    local result = {
      count = #values, sum = plain(sum_of(values)), mean = plain(mean),
      median = quantile(sorted, 0.5), lower_quartile = quantile(sorted, 0.25),
      upper_quartile = quantile(sorted, 0.75), minimum = sorted[1], maximum = sorted[#sorted],
    }
    if #values > 1 then
      result.variance = plain(squares(values, mean) / (#values - 1))
      result.standard_deviation = math.sqrt(result.variance)
    end
    if with then result.relation = relation(values, with) end
    return result
  end,
}

return { evaluate, statistics }
