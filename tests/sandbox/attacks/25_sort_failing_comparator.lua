-- expect: error no order
table.sort({ 3, 1, 2 }, function(a, b) if a ~= b then error("no order") end end)
