#include "hosts/config/read_file.h"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

namespace yoke {
namespace {

Error cannot_read(const std::string& path, const std::string& why) {
  return Error{Errc::invalid, "cannot read " + path + ": " + why};
}

}  // namespace

Result<std::string> read_file(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return cannot_read(path, "it is a folder");
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) return cannot_read(path, std::generic_category().message(errno == 0 ? EIO : errno));
  std::ostringstream text;
  text << in.rdbuf();
  if (in.bad()) return cannot_read(path, "the disk does not give it");
  return text.str();
}

}  // namespace yoke
