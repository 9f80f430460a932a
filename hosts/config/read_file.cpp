#include "hosts/config/read_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "runtime/base/handle.h"

namespace yoke {
namespace {

constexpr std::size_t kFileBytesMax = std::size_t{256} << 20;
constexpr std::size_t kPieceBytes = 64 * 1024;

Error cannot_read(const std::string& path, const std::string& why) {
  return Error{Errc::invalid, "cannot read " + path + ": " + why};
}

}  // namespace

Result<std::string> read_file(const std::string& path) {
  // Without O_NONBLOCK a pipe would be waited for before it is known as one.
  const Handle file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (file.get() < 0) return cannot_read(path, std::generic_category().message(errno));
  struct stat about = {};
  if (::fstat(file.get(), &about) != 0 || S_ISDIR(about.st_mode)) {
    return cannot_read(path, "it is a folder");
  }
  if (!S_ISREG(about.st_mode)) return cannot_read(path, "it is no regular file");
  std::string text;
  const std::string too_large = "it is over " + std::to_string(kFileBytesMax) + " bytes";
  if (static_cast<std::uintmax_t>(about.st_size) > kFileBytesMax)
    return cannot_read(path, too_large);
  text.resize(static_cast<std::size_t>(about.st_size) + 1);  // one more: its end is seen at once
  std::size_t filled = 0;
  while (true) {
    if (filled == text.size()) text.resize(filled + std::max(filled, kPieceBytes));
    const ssize_t got = ::read(file.get(), text.data() + filled, text.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return cannot_read(path, "the disk does not give it");
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
    if (filled > kFileBytesMax) return cannot_read(path, too_large);
  }
  text.resize(filled);
  return text;
}

}  // namespace yoke
