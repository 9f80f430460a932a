#include "hosts/hook/anthropic/seal.h"

#include "runtime/base/base64.h"
#include "runtime/base/hash.h"

namespace yoke::anthropic {
namespace {

constexpr std::string_view kPrefix = "yoke1.";  // the version is in the name

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  unsigned char differs = a.size() == b.size() ? 0 : 1;
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
    differs |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
  }
  return differs == 0;
}

}  // namespace

std::string hmac_sha256(std::string_view key, std::string_view text) {
  constexpr std::size_t kBlock = 64;
  std::string block(key);
  if (block.size() > kBlock) {
    const Hash hash = sha256(block);
    block = as_view(hash);
  }
  block.resize(kBlock, '\0');
  std::string inner = block;
  std::string outer = block;
  for (char& c : inner) c = static_cast<char>(c ^ 0x36);
  for (char& c : outer) c = static_cast<char>(c ^ 0x5c);
  const Hash first = sha256(inner.append(text));
  const Hash second = sha256(outer.append(as_view(first)));
  return std::string(as_view(second));
}

std::string Seal::tag(std::string_view payload) const {
  std::string said = "yoke1\n" + tenant_ + "\n";
  said += payload;
  return to_base64(hmac_sha256(key_, said));
}

std::string Seal::close(const Json& value) const {
  const std::string payload = to_base64(to_text(value));
  if (payload.size() > kSealedBytesMax) return {};
  return std::string(kPrefix) + payload + "." + tag(payload);
}

std::optional<Json> Seal::open(std::string_view text) const {
  if (!is_sealed(text) || text.size() > kSealedBytesMax + 128) return std::nullopt;
  text.remove_prefix(kPrefix.size());
  const std::size_t dot = text.rfind('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const std::string_view payload = text.substr(0, dot);
  if (!equal_in_constant_time(text.substr(dot + 1), tag(payload))) return std::nullopt;
  const std::optional<std::string> bytes = from_base64(payload);
  if (!bytes) return std::nullopt;
  Result<Json> value = parse_json(*bytes);
  if (!value) return std::nullopt;
  return std::move(*value);
}

bool Seal::is_sealed(std::string_view text) { return text.starts_with(kPrefix); }

}  // namespace yoke::anthropic
