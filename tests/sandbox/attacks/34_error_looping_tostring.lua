-- The host never runs script code to show an error.
-- expect: error an error that is a table without a field 'message'
error(setmetatable({}, { __tostring = function() while true do end end }))
