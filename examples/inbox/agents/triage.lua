return agent {
  name = "triage",
  description = "Sorts a mailbox and answers what can be answered.",
  model = "default",
  instructions = [[
Go through the mailbox, mail by mail. File newsletters under news and invoices under bills. Answer
questions about opening hours: we are open from 9 to 17. File what is left under later.
]],
  tools = { "mbox.*", "mail.reply" },
  limits = { steps = 40, seconds = 600 },
}
