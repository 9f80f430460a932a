-- Arithmetic as people write it, read by a parser of its own: nothing in it is ever run as code.
local expression = {}

local functions = {
  abs = math.abs, acos = math.acos, asin = math.asin, atan = math.atan, ceil = math.ceil,
  cos = math.cos, deg = math.deg, exp = math.exp, floor = math.floor, ln = math.log,
  rad = math.rad, sin = math.sin, sqrt = math.sqrt, tan = math.tan,
  log10 = function(x) return math.log(x, 10) end,
  log2 = function(x) return math.log(x, 2) end,
  log = function(x, base) return math.log(x, base or 10) end,
  max = math.max, min = math.min,
  round = function(x, places)
    local scale = 10.0 ^ (places or 0)
    local scaled = x * scale
    local whole = scaled < 0 and math.ceil(scaled - 0.5) or math.floor(scaled + 0.5)
    return (places or 0) > 0 and whole / scale or whole // scale
  end,
  sign = function(x) return x > 0 and 1 or x < 0 and -1 or 0 end,
  trunc = function(x) return x < 0 and math.ceil(x) or math.floor(x) end,
  factorial = function(n)
    if math.type(n) ~= "integer" or n < 0 or n > 170 then
      error("factorial takes a whole number from 0 to 170", 0)
    end
    local product = 1
    for i = 2, n do product = n > 20 and 1.0 * product * i or product * i end
    return product
  end,
  gcd = function(a, b)
    if math.type(a) ~= "integer" or math.type(b) ~= "integer" then
      error("gcd takes whole numbers", 0)
    end
    while b ~= 0 do a, b = b, a % b end
    return math.abs(a)
  end,
}
local takes_two = { max = 100, min = 100, round = 2, log = 2, gcd = 2 }
local least = { gcd = 2 }
local constants = { pi = math.pi, e = math.exp(1), tau = 2 * math.pi }

-- Whole numbers stay whole until they no longer fit.
local function exact(whole, float)
  if math.type(whole) == "integer" and math.abs(float) >= 2.0 ^ 63 then return float end
  return whole
end
local function add(a, b) return exact(a + b, 1.0 * a + b) end
local function subtract(a, b) return exact(a - b, 1.0 * a - b) end
local function multiply(a, b) return exact(a * b, 1.0 * a * b) end
local function divide(a, b)
  if b == 0 then error("division by zero", 0) end
  return a / b
end
local function modulo(a, b)
  if b == 0 then error("division by zero", 0) end
  return a % b
end
local function floor_divide(a, b)
  if b == 0 then error("division by zero", 0) end
  return a // b
end

local operators = {
  ["+"] = { 1, add }, ["-"] = { 1, subtract }, ["*"] = { 2, multiply }, ["/"] = { 2, divide },
  ["//"] = { 2, floor_divide }, ["%"] = { 2, modulo },
}

local function wrong(state, why)
  error(why .. " at character " .. state.at .. " of '" .. text.shorten(state.text, 80) .. "'", 0)
end

local function skip(state) state.at = state.text:match("^%s*()", state.at) end

local function take(state, sign)
  skip(state)
  if state.text:sub(state.at, state.at + #sign - 1) ~= sign then return false end
  state.at = state.at + #sign
  return true
end

local sum

local function number(state)
  local digits = state.text:match("^%d*%.?%d*", state.at)
  local tail = state.text:match("^[eE][+-]?%d+", state.at + #digits) or ""
  local value = tonumber(digits .. tail)
  if not value then wrong(state, "there is no number") end
  state.at = state.at + #digits + #tail
  if math.type(value) == "float" and value == math.floor(value) and not digits:find(".", 1, true)
    and tail ~= "" and math.abs(value) < 2^53 then
    return math.tointeger(value)
  end
  return value
end

local function call(state, name)
  local arguments = {}
  if not take(state, ")") then
    repeat arguments[#arguments + 1] = sum(state) until not take(state, ",")
    if not take(state, ")") then wrong(state, "a ')' is missing") end
  end
  local most = takes_two[name] or 1
  if #arguments < (least[name] or 1) or #arguments > most then
    wrong(state, name .. " takes " .. (most > 1 and "up to " .. most or "1") .. " arguments, not "
      .. #arguments)
  end
  return functions[name](table.unpack(arguments))
end

local function no_function(state, name, at)
  local names = {}
  for known in pairs(functions) do names[#names + 1] = known end
  table.sort(names)
  state.at = at
  wrong(state, "there is no function '" .. name .. "' (there are " .. table.concat(names, ", ") .. ")")
end

local function named(state, name)
  local began = state.at
  state.at = state.at + #name
  if take(state, "(") then
    if functions[name] then return call(state, name) end
    no_function(state, name, began)
  end
  local value = state.variables[name] or constants[name]
  if not value then
    state.at = began
    wrong(state, "'" .. name .. "' has no value: give it in variables, or use pi, e or tau")
  end
  return value
end

local function atom(state)
  skip(state)
  if take(state, "(") then
    local value = sum(state)
    if not take(state, ")") then wrong(state, "a ')' is missing") end
    return value
  end
  local name = state.text:match("^[%a_][%w_]*", state.at)
  if name then return named(state, name) end
  if state.text:find("^[%d.]", state.at) then return number(state) end
  if state.at > #state.text then wrong(state, "the expression ends too early") end
  wrong(state, "'" .. state.text:match("^" .. utf8.charpattern, state.at)
    .. "' cannot stand")
end

local unary

-- The power binds tighter than a sign before it and looser than one behind it: -2^2 is -4.
local function power(state)
  local base = atom(state)
  if not (take(state, "^") or take(state, "**")) then return base end
  local exponent = unary(state)
  local value = (1.0 * base) ^ exponent
  local whole = math.type(base) == "integer" and math.type(exponent) == "integer" and exponent >= 0
  return whole and math.abs(value) < 2^53 and math.tointeger(value) or value
end

function unary(state)
  state.depth = state.depth + 1
  if state.depth > 100 then error("the expression is nested more than 100 deep", 0) end
  local value
  if take(state, "-") then
    value = subtract(0, unary(state))
  elseif take(state, "+") then
    value = unary(state)
  else
    value = power(state)
  end
  state.depth = state.depth - 1
  return value
end

local function operator(state)
  skip(state)
  local sign = state.text:match("^//", state.at) or state.text:sub(state.at, state.at)
  return operators[sign], sign
end

local function product(state)
  local value = unary(state)
  while true do
    local found, sign = operator(state)
    if not found or found[1] ~= 2 then return value end
    state.at = state.at + #sign
    value = found[2](value, unary(state))
  end
end

function sum(state)
  local value = product(state)
  while true do
    local found, sign = operator(state)
    if not found or found[1] ~= 1 then return value end
    state.at = state.at + #sign
    value = found[2](value, product(state))
  end
end

function expression.value(written, variables)
  local state = { text = written, at = 1, depth = 0, variables = variables }
  local value = sum(state)
  skip(state)
  if state.at <= #written then
    wrong(state, "'" .. written:sub(state.at, state.at) .. "' is one too many")
  end
  return value
end

return expression
