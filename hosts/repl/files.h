#pragma once

#include <string>
#include <vector>

#include "hosts/screen/typed_input.h"
#include "runtime/base/result.h"

namespace yoke {

// A message with the files that it names put in.
struct FilledMessage {
  std::string text;
  std::vector<std::string> images;  // as "data:" addresses
  std::vector<std::string> notes;   // what was put in, a line each, for the person
};

// Reads each file that is there: an image is shown with the message, a text follows it. A name of
// no file stays as it is. Errors: invalid (a file that is no text, or over kFileBytesMax).
inline constexpr std::size_t kPutFileBytesMax = 512 * 1024;
Result<FilledMessage> fill_message(const TypedMessage& message);

// The names in a folder, a path from here on ("" is here), folders with "/"; for completion.
std::vector<std::string> names_in_folder(const std::string& folder);

}  // namespace yoke
