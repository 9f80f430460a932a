-- whole file
-- expect: value 1
return tool { run = function() return 1 end }
