return tests {
  ["a text file is read as far as asked"] = function(t)
    t.stub("fs.stat", { kind = "file", size = 10 })
    t.stub("fs.read", function(path, part)
      t.equal(path, "data/a.txt")
      return ("0123456789"):sub((part and part.offset or 0) + 1)
    end)
    t.match(t.call("files.read", { path = "data/a.txt" }).text, "^0123")
  end,
  ["a folder is no file"] = function(t)
    t.stub("fs.stat", { kind = "folder" })
    t.fails(function() t.call("files.read", { path = "data" }) end, "use files.list")
  end,
  ["a new file is written"] = function(t)
    t.stub("fs.stat", json.null)
    t.stub("fs.write", true)
    t.equal(t.call("files.write", { path = "out/a.md", text = "# A" }).replaced, false)
    t.equal(t.calls("fs.write")[1].args, { "out/a.md", "# A" })
  end,
  ["a file that is there stays unless replace is said"] = function(t)
    t.stub("fs.stat", { kind = "file", size = 9 })
    t.stub("fs.write", true)
    t.fails(function() t.call("files.write", { path = "out/a.md", text = "# A" }) end,
      "set replace = true")
    t.equal(#t.calls("fs.write"), 0)
    t.equal(t.call("files.write", { path = "out/a.md", text = "# A", replace = true }).replaced, true)
  end,
  ["a file where nothing may be written is refused, and the folders are named"] = function(t)
    t.fails(function() t.call("files.write", { path = "data/a.md", text = "x" }) end,
      "'data/a.md' is not granted; files are written below: out")
  end,
}
