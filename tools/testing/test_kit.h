#pragma once

#include <string_view>

namespace yoke {

// The Lua that makes `t`, what each test is given. It asks the module `test`, which drives the tool
// that is tested: start() and answer() give back what the tool asks next, or how it ended.
inline constexpr std::string_view kTestKitText = R"lua(
local kit = {}
local stubs, asked, secrets = {}, {}, {}
local now, broken

-- Raises at the line of the test. It is remembered: whoever catches it does not undo it.
local function fail(message)
  local _, placed = pcall(error, message, 4)
  broken = broken or placed
  error(placed, 0)
end

local function show(value)
  if value == nil then return "nil" end
  local fine, shown = pcall(json.encode, value)
  return text.shorten(fine and shown or tostring(value), 200)
end

local function child(path, key)
  if math.type(key) == "integer" then return path .. "[" .. key .. "]" end
  return path .. "." .. tostring(key)
end

local function compare(got, want, path, found, depth)
  if got == want then return end
  if type(got) ~= "table" or type(want) ~= "table" or depth > 50 then
    local at = path == "" and "" or "at " .. path .. ": "
    found[#found + 1] = at .. "got " .. show(got) .. ", want " .. show(want)
    return
  end
  for key, value in pairs(want) do compare(got[key], value, child(path, key), found, depth + 1) end
  for key, value in pairs(got) do
    if want[key] == nil then compare(value, nil, child(path, key), found, depth + 1) end
  end
end

function kit.equal(got, want)
  local found = {}
  compare(got, want, "", found, 0)
  if #found == 0 then return end
  local rest = #found > 5 and "; and " .. #found - 5 .. " more differences" or ""
  fail("not equal: " .. table.concat(found, "; ", 1, math.min(#found, 5)) .. rest)
end

function kit.near(got, want, within)
  within = within or 1e-6
  if type(got) == "number" and math.abs(got - want) <= within then return end
  fail("not near: got " .. show(got) .. ", want " .. show(want) .. " within " .. show(within))
end

function kit.ok(value, message)
  if value then return value end
  fail(message or "expected a value that is true, got " .. show(value))
end

function kit.match(given, regex)
  if type(given) == "string" and text.matches(given, regex) then return end
  fail("no match: " .. show(given) .. " does not match " .. show(regex))
end

function kit.fails(action, part)
  local done, why = pcall(action)
  if broken then error(broken, 0) end
  if done then fail("expected an error, and there was none") end
  why = tostring(why)
  if part and not why:find(part, 1, true) then
    fail("expected an error with " .. show(part) .. ", got " .. show(why))
  end
  return why
end

function kit.stub(name, answer)
  if type(name) ~= "string" or not name:find(".", 1, true) then
    fail("t.stub takes the name of a function such as \"http.get\", and what stands in for it")
  end
  stubs[name] = type(answer) == "function" and answer or function() return answer end
end

function kit.secret(name, value) secrets[name] = value end
function kit.now(time)
  local known, seconds = pcall(test.parse_time, time)
  if not known then
    fail("t.now takes a time such as \"2026-05-01T00:00:00Z\", got " .. show(time))
  end
  now = seconds
end

function kit.calls(name)
  local list = {}
  for _, each in ipairs(asked) do
    if name == nil or each.name == name then list[#list + 1] = each end
  end
  return list
end

local function answer_of(ask, tool)
  asked[#asked + 1] = { name = ask.name, args = ask.args }
  local stub = stubs[ask.name]
  if stub == nil then
    local list = show(ask.args)
    local why = "the tool " .. tool .. " called " .. ask.name .. "(" .. list:sub(2, -2) ..
      "), and nothing stands in for it: t.stub(\"" .. ask.name .. "\", function(...) return {} end)"
    return nil, why
  end
  local done, value = pcall(stub, table.unpack(ask.args, 1, #ask.args))
  if broken then return nil, broken end
  if done then return { value = value } end
  return { error = (tostring(value):gsub("^[^:]+:%d+: ", "")) }
end

function kit.call(tool, args)
  local step = test.start(tool, args or {}, { secrets = secrets, now = now })
  while step.ask do
    local answer, why = answer_of(step.ask, tool)
    if answer == nil then
      if broken then error(broken, 0) end
      fail(why)
    end
    step = test.answer(answer)
  end
  if step.failed then error(step.failed, 2) end
  return step.done
end

return kit
)lua";

}  // namespace yoke
