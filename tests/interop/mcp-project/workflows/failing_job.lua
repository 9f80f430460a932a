return workflow {
  name = "failing_job", description = "Fails.",
  run = function() error("the job failed") end,
}
