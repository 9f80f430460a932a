return agent {
  name = "shipper",
  description = "Ships an order: looks it up, books a parcel, writes to the customer.",
  model = "default",
  instructions = [[
Ship the order: read it, see that all of it is there, book a parcel, ask what it costs, and write to
the customer. A parcel dearer than 50 is the boss's to decide.
]],
  tools = { "shop.*" },
  limits = { steps = 12, seconds = 120 },
}
