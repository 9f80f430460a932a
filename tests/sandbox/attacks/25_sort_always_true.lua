-- expect: error invalid order function for sorting
table.sort({ 3, 1, 2 }, function() return true end)
