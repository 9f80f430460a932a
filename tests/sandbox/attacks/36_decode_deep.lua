-- expect: error nested deeper than 64
return json.decode(("["):rep(100000) .. ("]"):rep(100000))
