-- expect: error no such city
error({ message = "no such city", code = 404 })
