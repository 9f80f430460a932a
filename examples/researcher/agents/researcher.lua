return agent {
  name = "researcher",
  description = "Reads pages of documentation, remembers what they say, and answers from memory.",
  model = "default",
  instructions = [[
"learn FILE": read the page and remember each of its sections, with the page and heading as key.
Anything else is a question: look for it in memory and answer with what was found, naming the page.
Say so when nothing was found. Never answer from anywhere else.
]],
  tools = { "files.read", "memory.save", "memory.search" },
  limits = { steps = 12, seconds = 120 },
}
