-- What a caller left out: nil, also where a model wrote null.
local function given(value)
  if value == json.null then return nil end
  return value
end

return given
