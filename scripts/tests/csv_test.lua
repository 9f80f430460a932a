local sales = "city,price\nOslo,10\nBergen,20\nOslo,5\n"

return tests {
  ["rows that meet a condition come in the order asked for"] = function(t)
    local found = t.call("csv.query", { text = sales, order_by = "price", descending = true,
      where = { { column = "city", op = "eq", value = "Oslo" } } })
    t.equal(found.rows, { { "Oslo", 10 }, { "Oslo", 5 } })
    t.equal(found.matched, 2)
    t.equal(found.total, 3)
  end,
  ["figures are given by group"] = function(t)
    local figures = t.call("csv.aggregate", { text = sales, by = { "city" },
      measures = { { figure = "sum", column = "price" } } })
    t.match(json.encode(figures), '"Oslo".*15')
  end,
  ["a file is read through the host"] = function(t)
    t.stub("fs.read", function(path)
      t.equal(path, "data/sales.csv")
      return sales
    end)
    t.equal(t.call("csv.query", { file = "data/sales.csv" }).total, 3)
    t.equal(#t.calls("fs.read"), 1)
  end,
  ["a file outside the grant is refused before the host is asked"] = function(t)
    t.stub("fs.read", sales)
    t.fails(function() t.call("csv.query", { file = "private/sales.csv" }) end, "not granted")
    t.equal(#t.calls("fs.read"), 0)
  end,
  ["a column that is not there is an error that names those that are"] = function(t)
    t.fails(function() t.call("csv.query", { text = sales, order_by = "cost" }) end,
      "there is no column 'cost'; there are: city, price")
  end,
}
