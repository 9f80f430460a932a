-- The mailbox is data/inbox.mbox. What is done with it goes to the folder out/: filed.txt says which
-- mail is where, sent.txt holds what was sent. Nothing leaves this folder.
local function mails()
  local all, mail, in_body = {}, nil, false
  for line in (fs.read("data/inbox.mbox") .. "\n"):gmatch("(.-)\r?\n") do
    if line:find("^From ") then
      mail, in_body = { id = "m" .. (#all + 1), body = "" }, false
      all[#all + 1] = mail
    elseif in_body then
      mail.body = mail.body .. line:gsub("^>(>*From )", "%1") .. "\n"
    elseif line == "" then
      in_body = true
    else
      local name, value = line:match("^([%w-]+): (.*)$")
      if name == "From" or name == "Subject" then mail[name:lower()] = value end
    end
  end
  return all
end

local function add_line(file, line)
  if not fs.exists(file) then fs.write(file, "") end
  fs.append(file, line .. "\n")
end

return {
  tool {
    name = "mbox.list", description = "The mails, oldest first: id, sender, subject.",
    input = {}, effect = "read", permissions = { read = { "data" } },
    run = function()
      local rows = json.array {}
      for i, mail in ipairs(mails()) do
        rows[i] = { id = mail.id, from = mail.from, subject = mail.subject }
      end
      return rows
    end,
  },
  tool {
    name = "mbox.read", description = "One mail with its text.",
    input = { id = "string" }, effect = "read", permissions = { read = { "data" } },
    run = function(input)
      for _, mail in ipairs(mails()) do
        if mail.id == input.id then return mail end
      end
      error("there is no mail " .. input.id, 0)
    end,
  },
  tool {
    name = "mbox.file", description = "Files a mail under a name.",
    input = { id = "string", under = { enum = { "news", "bills", "answered", "later" } } },
    -- The mail stays where it is and the names are fixed: nothing here is worth a question.
    critical = {}, effect = "idempotent",
    permissions = { read = { "out" }, write = { "out" } },
    run = function(input)
      local entry = input.id .. " " .. input.under
      local before = fs.exists("out/filed.txt") and fs.read("out/filed.txt") or ""
      if not before:find(entry .. "\n", 1, true) then add_line("out/filed.txt", entry) end
      return { filed = true }
    end,
  },
  tool {
    name = "mail.reply", description = "Sends a mail.",
    input = { to = "string", subject = "string", body = "string" },
    critical = { "to" }, effect = "once", permissions = { read = { "out" }, write = { "out" } },
    run = function(input, ctx)
      add_line("out/sent.txt", ctx.call_id .. " to " .. input.to .. ": " .. input.subject)
      return { sent = true }
    end,
    probe = function(input, ctx)
      local sent = fs.exists("out/sent.txt") and fs.read("out/sent.txt") or ""
      return { happened = sent:find(ctx.call_id .. " to ", 1, true) ~= nil, result = { sent = true } }
    end,
  },
}
