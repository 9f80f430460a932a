return workflow {
  name = "protocol_error_job", description = "Breaks what it promises of its result.",
  output = { count = "integer" },
  run = function() return { count = "many" } end,
}
