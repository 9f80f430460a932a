return agent {
  name = "writer",
  description = "Words one section of release notes.",
  model = "default",
  input = { title = "string", commits = { list = "string" } },
  instructions = "Word the commits you are given as one section of release notes, for users.",
  tools = {},
}
