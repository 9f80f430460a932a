return agent {
  name = "coder",
  description = "Answers questions about the stock by writing Lua.",
  model = "default",
  strategy = "code",
  instructions = "You keep the stock of a small shop. Answer from what the functions say.",
  tools = { "stock.*" },
}
