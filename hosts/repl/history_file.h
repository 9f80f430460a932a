#pragma once

#include <string>

#include "hosts/screen/input_history.h"

namespace yoke {

// What was typed at the prompts of a project, kept in a file that several of them share.

// All of it by now; nothing where the file cannot be read.
InputHistory read_history_file(const std::string& file);

// Adds the entry after what others have added meanwhile, under a lock, and gives all of it. Where
// the file cannot be written, `before` with the entry: a conversation goes on without its history.
InputHistory add_to_history_file(const std::string& file, InputHistory before,
                                 const std::string& entry);

}  // namespace yoke
