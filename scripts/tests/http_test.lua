local address = "https://pages.example/tea"

return tests {
  ["a page is told as plain text"] = function(t)
    t.stub("http.get", function(url)
      t.equal(url, address)
      return { url = url, headers = { ["content-type"] = "text/html" },
        body = "<title>On tea</title><h1>Tea</h1><p>It is <b>milky</b>." }
    end)
    local page = t.call("http.fetch", { url = address })
    t.equal({ page.title, page.text, page.status }, { "On tea", "# Tea\n\nIt is milky.", 200 })
  end,
  ["a long text comes in parts"] = function(t)
    t.stub("http.get", { url = address, headers = { ["content-type"] = "text/plain" },
      body = ("word "):rep(5000) })
    local first = t.call("http.fetch", { url = address, bytes = 1000 })
    t.equal(first.total_bytes, 25000)
    t.ok(first.next_offset and first.next_offset <= 1000, "says where the next part begins")
  end,
  ["a host that was not named is not asked"] = function(t)
    t.stub("http.get", {})
    t.fails(function() t.call("http.fetch", { url = "https://other.example/" }) end, "not granted")
    t.equal(#t.calls("http.get"), 0)
  end,
}
