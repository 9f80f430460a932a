-- An endless loop ends at the instruction quota.
-- expect: quota instructions
while true do end
