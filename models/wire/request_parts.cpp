#include "models/wire/request_parts.h"

#include "runtime/base/hash.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::size_t kBadArgsBytesMax = 4096;

}  // namespace

Json arguments_of(const ToolCallPart& call) {
  if (call.args.is_object()) return call.args;
  Json wrapped = Json::object();
  wrapped["unparsed"] = shorten(to_valid_utf8(call.bad_args), kBadArgsBytesMax);
  return wrapped;
}

std::string fitting_id(const std::string& id, std::size_t chars_max) {
  if (!id.empty() && id.size() <= chars_max) return id;
  const Hash hash = sha256(id);
  return to_hex(hash).substr(0, chars_max);
}

}  // namespace yoke
