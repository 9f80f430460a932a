-- expect: value [false,false,false,false,false]
return { load ~= nil, loadstring ~= nil, dofile ~= nil, loadfile ~= nil, string.dump ~= nil }
