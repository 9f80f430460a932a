local function evaluate(t, expression, variables)
  return t.call("math.evaluate", { expression = expression, variables = variables }).value
end

return tests {
  ["an expression is worked out with its variables"] = function(t)
    t.near(evaluate(t, "(1 + 0.25) * price", { price = 20 }), 25)
    t.equal(evaluate(t, "2 ^ 3 ^ 2"), 512)
  end,
  ["what is written wrongly is told with its place"] = function(t)
    t.fails(function() evaluate(t, "1 +") end, "the expression ends too early at character 4")
    t.fails(function() evaluate(t, "1 + foo(2)") end, "at character 5 of '1 + foo(2)'")
  end,
  ["division by zero is an error"] = function(t)
    t.fails(function() evaluate(t, "1 / 0") end, "division by zero")
  end,
  ["a list of numbers is summed up"] = function(t)
    local sums = t.call("math.statistics", { values = { 1, 2, 3, 4 } })
    t.equal({ sums.count, sums.sum, sums.median }, { 4, 10, 2.5 })
  end,
}
