-- expect: value [false,false,false]
return { pcall(json.decode, "1e400") and true, pcall(json.decode, '{"a":1,"a":2}') and true, (pcall(json.decode, "123456789012345678901234567890")) }
