#include "hosts/hook/session_name.h"

#include <algorithm>

#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::size_t kSessionNameBytesMax = 200;

}  // namespace

Result<void> check_session_name(const std::string& session) {
  const bool one_line = std::none_of(session.begin(), session.end(), [](unsigned char c) {
    return c < 0x20;  // ends of lines and tabs are printable
  });
  if (session.size() <= kSessionNameBytesMax && one_line && printable(session) == session) {
    return {};
  }
  return Error{Errc::invalid, "a session's name has at most " +
                                  std::to_string(kSessionNameBytesMax) +
                                  " bytes and no control characters"};
}

}  // namespace yoke
