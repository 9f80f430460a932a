#include "hosts/app/edit_json.h"

#include <unistd.h>

#include <cstdlib>

#include "hosts/config/read_file.h"

namespace yoke {

Result<Json> edit_json(const Json& value) {
  char name[] = "/tmp/yoke-edit-XXXXXX.json";
  const int file = ::mkstemps(name, 5);
  if (file < 0) return Error{Errc::unavailable, "no file to edit can be made in /tmp"};
  const std::string text = to_pretty_text(value) + "\n";
  const bool written = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  ::close(file);
  const char* editor = std::getenv("EDITOR");
  const std::string command =
      std::string(editor == nullptr || *editor == '\0' ? "vi" : editor) + " " + name;
  const int status = written ? std::system(command.c_str()) : -1;  // the person's own command
  Result<std::string> back = read_file(name);
  ::unlink(name);
  if (status != 0) {
    return Error{Errc::unavailable,
                 "the editor '" + command + "' failed; set EDITOR to one that is here"};
  }
  if (!back) return back.error();
  Result<Json> edited = parse_json(*back);
  if (!edited) return Error{Errc::invalid, "that is no JSON: " + edited.error().message()};
  if (!edited->is_object()) return Error{Errc::invalid, "it has to be an object: {…}"};
  return edited;
}

}  // namespace yoke
