-- expect: quota list_items
table.move({}, 1, 0x7ffffffff, 1, {})
