return tests {
  ["results are numbered for citing, and come once each"] = function(t)
    t.stub("http.request", function(request)
      t.equal(request.url, "https://search.example/search")
      t.equal(request.query.q, "green tea")
      return { json = { results = {
        { title = "<b>Tea</b>", url = "https://a.example/", content = "about tea" },
        { title = "Again", url = "https://a.example/", content = "the same" },
        { title = "No address" },
        { title = "More", url = "https://b.example/", content = "more" },
      } } }
    end)
    local results = t.call("web.search", { query = "green tea" }).results
    t.equal(results, {
      { cite = "[1]", url = "https://a.example/", title = "Tea", snippet = "about tea" },
      { cite = "[2]", url = "https://b.example/", title = "More", snippet = "more" },
    })
  end,
  ["a service that is down is an error with its status"] = function(t)
    t.stub("http.request", { status = 503, body = "busy" })
    t.fails(function() t.call("web.search", { query = "tea" }) end,
      "the search service answered 503: busy")
  end,
  ["a page that is gone is an error"] = function(t)
    t.stub("http.get", { status = 404, url = "https://a.example/", body = "" })
    t.fails(function() t.call("web.read", { url = "https://a.example/" }) end,
      "the page answered 404")
  end,
}
