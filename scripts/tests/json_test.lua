local people = '{"users":[{"name":"Ann","age":41},{"name":"Bo","age":12}]}'

return tests {
  ["values are found at a path, under a condition"] = function(t)
    local found = t.call("json.query", { text = people, path = "users",
      where = { { column = "age", op = "gt", value = 35 } } })
    t.equal(found.values, { { name = "Ann", age = 41 } })
  end,
  ["a path reaches into every element of a list"] = function(t)
    t.equal(t.call("json.query", { text = people, path = "users[*].name" }).values, { "Ann", "Bo" })
  end,
  ["text that is no JSON is an error that says where"] = function(t)
    t.fails(function() t.call("json.query", { text = "[1,", path = "" }) end, "this is no JSON: byte")
  end,
  ["a path with a wrong bracket is an error with an example"] = function(t)
    t.fails(function() t.call("json.query", { text = people, path = "users[*" }) end,
      "items[*].price")
  end,
}
