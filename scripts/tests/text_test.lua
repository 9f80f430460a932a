return tests {
  ["a diff shows the lines that differ and counts them"] = function(t)
    local found = t.call("text.diff", { before = "a\nb\n", after = "a\nc\n" })
    t.equal(found.diff, "@@ -1,2 +1,2 @@\n a\n-b\n+c\n")
    t.equal({ found.added, found.removed, found.same }, { 1, 1, false })
  end,
  ["a page is told as plain text with its links"] = function(t)
    local page = t.call("text.from_html",
      { html = '<h1>Tea</h1><script>no()</script><p>See <a href="https://tea.example">here</a>.' })
    t.equal(page.text, "# Tea\n\nSee here (https://tea.example).")
  end,
  ["matches are found with their lines"] = function(t)
    local found = t.call("text.search", { text = "one\ntwo\n", pattern = "t.o" })
    t.equal(#found.matches, 1)
    t.equal(found.matches[1].match, "two")
    t.equal(found.matches[1].line, 2)
  end,
  ["a wrong expression is an error that says what is wrong with it"] = function(t)
    t.fails(function() t.call("text.search", { text = "a", pattern = "(" }) end, "missing )")
  end,
}
