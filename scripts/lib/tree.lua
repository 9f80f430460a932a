-- Walks granted folders in the order of their names, so that a walk can go on behind a path.
local tree = {}

local function parts_of(path)
  local parts = {}
  for part in path:gmatch("[^/]+") do parts[#parts + 1] = part end
  return parts
end

local function joined(folder, name) return folder == "." and name or folder .. "/" .. name end

-- Calls visit(path, entry) for every file and folder of `folder`, to `depth` levels; stops where it
-- answers false. `behind` holds the parts of the path after which to go on.
local function walk(folder, depth, behind, visit)
  for _, entry in ipairs(fs.list(folder)) do
    local next_part = behind[1]
    local reached = next_part == nil or entry.name > next_part
    if reached or entry.name == next_part then
      local path, rest = joined(folder, entry.name), {}
      if not reached then table.move(behind, 2, #behind, 1, rest) end
      if reached and not visit(path, entry) then return false end
      if entry.kind == "folder" and depth > 1 and not walk(path, depth - 1, rest, visit) then
        return false
      end
    end
  end
  return true
end

-- True when the walk came to its end.
function tree.walk(folder, depth, after, visit)
  local behind = {}
  if after then
    local inside = folder == "." and after or after:sub(#folder + 2)
    if folder ~= "." and after:sub(1, #folder + 1) ~= folder .. "/" then
      error("after '" .. after .. "' does not lie in '" .. folder .. "'", 0)
    end
    behind = parts_of(inside)
  end
  return walk(folder, depth, behind, visit)
end

-- A file name pattern as a regular expression: * is any run of characters, ? one.
function tree.glob(pattern)
  local out = pattern:gsub("[^%w]", function(c)
    if c == "*" then return ".*" end
    if c == "?" then return "." end
    return c:byte() < 0x80 and "\\" .. c or c
  end)
  return "^(?s:" .. out .. ")$"
end

return tree
