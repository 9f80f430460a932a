#include "hosts/app/edit_json.h"

#include <unistd.h>

#include <cstdlib>

#include "hosts/config/read_file.h"

namespace yoke {

Result<std::string> write_for_editor(const Json& value) {
  char name[] = "/tmp/yoke-edit-XXXXXX.json";
  const int file = ::mkstemps(name, 5);
  if (file < 0) return Error{Errc::unavailable, "no file to edit can be made in /tmp"};
  const std::string text = to_pretty_text(value) + "\n";
  const bool written = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  ::close(file);
  if (written) return std::string(name);
  ::unlink(name);
  return Error{Errc::unavailable, "the file to edit cannot be written: /tmp is full"};
}

std::string editor_command(const std::string& file) {
  const char* editor = std::getenv("EDITOR");
  return std::string(editor == nullptr || *editor == '\0' ? "vi" : editor) + " " + file;
}

Result<Json> read_edited(const std::string& file, int status) {
  Result<std::string> back = read_file(file);
  ::unlink(file.c_str());
  if (status != 0) {
    return Error{Errc::unavailable, "the editor '" + editor_command(file) +
                                        "' failed; set EDITOR to one that is here"};
  }
  if (!back) return back.error();
  Result<Json> edited = parse_json(*back);
  if (!edited) return Error{Errc::invalid, "that is no JSON: " + edited.error().message()};
  if (!edited->is_object()) return Error{Errc::invalid, "it has to be an object: {…}"};
  return edited;
}

Result<Json> edit_json(const Json& value) {
  const Result<std::string> file = write_for_editor(value);
  if (!file) return file.error();
  const int status = std::system(editor_command(*file).c_str());  // the person's own command
  return read_edited(*file, status);
}

}  // namespace yoke
