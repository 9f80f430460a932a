-- expect: value [true,true,true]
return { ("x").rep == string.rep, ("").gsub == string.gsub, ("").dump == nil }
