return agent {
  name = "planner",
  description = "Compares figures of several CSV files by a plan. With the route 'planner' a "
    .. "scripted model (rules, not a neural network) stands in the model's place.",
  model = "planner",
  strategy = "plan",
  instructions = "You answer questions about CSV files. Plan all the figures that you need at once.",
  tools = { "csv.*", "files.list" },
}
